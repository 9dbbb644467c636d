//! The table that a run prints, a line as soon as it is known.

use std::io::Write as _;

/// What a figure must be to be good.
#[derive(Clone, Copy)]
pub enum Goal {
    AtMost(f64),
    AtLeast(f64),
    Exactly(f64),
    /// It is told, not judged.
    None,
}

impl Goal {
    fn is_met(self, figure: f64) -> bool {
        match self {
            Self::AtMost(most) => figure <= most,
            Self::AtLeast(least) => figure >= least,
            Self::Exactly(wanted) => (figure - wanted).abs() < 1e-9,
            Self::None => true,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtMost(most) => format!("≤ {}", figure(most)),
            Self::AtLeast(least) => format!("≥ {}", figure(least)),
            Self::Exactly(wanted) => format!("= {}", figure(wanted)),
            Self::None => String::new(),
        }
    }
}

/// One line: two figures of one run, and what their ratio or the first alone should be.
pub struct Line<'a> {
    pub name: &'a str,
    pub ours: f64,
    pub unit: &'a str,
    /// What it is compared with: the yardstick, or the smaller world.
    pub beside: Option<f64>,
    pub ratio_goal: Goal,
    pub own_goal: Goal,
}

impl<'a> Line<'a> {
    /// A figure that is only told.
    pub fn new(name: &'a str, ours: f64, unit: &'a str) -> Self {
        Self { name, ours, unit, beside: None, ratio_goal: Goal::None, own_goal: Goal::None }
    }

    /// Compares it with another figure of the same run.
    pub fn beside(mut self, other: Option<f64>, ratio_goal: Goal) -> Self {
        self.beside = other;
        self.ratio_goal = ratio_goal;
        self
    }

    /// Judges the figure itself.
    pub fn goal(mut self, goal: Goal) -> Self {
        self.own_goal = goal;
        self
    }

    fn ratio(&self) -> Option<f64> {
        self.beside.filter(|other| *other > 0.0).map(|other| self.ours / other)
    }
}

/// The table, and whether every goal was met.
pub struct Table {
    missed: Vec<String>,
}

impl Table {
    /// Prints the head; `beside` is what figures are compared with.
    pub fn begin(beside: &str) -> Self {
        say(&format!("| row | ours | {beside} | ratio | goal | ok |"));
        say("|---|---|---|---|---|---|");
        Self { missed: Vec::new() }
    }

    /// Prints one line.
    pub fn add(&mut self, line: &Line<'_>) {
        let ratio = line.ratio();
        let ratio_met = ratio.is_none_or(|ratio| line.ratio_goal.is_met(ratio));
        let met = ratio_met && line.own_goal.is_met(line.ours);
        let goals: Vec<String> = [line.own_goal.text(), line.ratio_goal.text()]
            .into_iter()
            .zip([" itself", ""])
            .filter(|(goal, _)| !goal.is_empty())
            .map(|(goal, what)| format!("{goal}{what}"))
            .collect();
        let ok = match (goals.is_empty(), met) {
            (true, _) => "",
            (false, true) => "yes",
            (false, false) => "**no**",
        };
        let unit = line.unit;
        let beside = line.beside.map(|v| format!("{} {unit}", figure(v))).unwrap_or_default();
        let ratio = ratio.map(|v| format!("{v:.2}")).unwrap_or_default();
        let (name, ours) = (line.name, figure(line.ours));
        say(&format!(
            "| {name} | {ours} {unit} | {beside} | {ratio} | {} | {ok} |",
            goals.join(", ")
        ));
        if !met {
            self.missed.push(name.to_owned());
        }
    }

    /// A line without figures: what was left out, and why.
    pub fn note(text: &str) {
        say(&format!("| skipped: {text} | | | | | |"));
    }

    /// Fails where a goal was missed.
    pub fn end(self) -> anyhow::Result<()> {
        anyhow::ensure!(self.missed.is_empty(), "missed: {}", self.missed.join("; "));
        Ok(())
    }
}

/// Three significant digits are more than a shared machine can promise.
fn figure(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 || v.fract() == 0.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // Whoever stopped reading has what they wanted.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// The middle one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_fails_the_run_where_its_ratio_or_its_figure_misses_the_goal() {
        let mut table = Table { missed: Vec::new() };
        table.add(&Line::new("well", 3.0, "ms").beside(Some(2.0), Goal::AtMost(1.5)));
        table.add(&Line::new("only told", 9.0, "ms").beside(Some(1.0), Goal::None));
        table.add(&Line::new("too slow", 3.2, "ms").beside(Some(2.0), Goal::AtMost(1.5)));
        table.add(&Line::new("too large", 25.0, "MiB").goal(Goal::AtMost(24.0)));
        table.add(&Line::new("one too few", 249.0, "").beside(Some(250.0), Goal::Exactly(1.0)));
        assert_eq!(table.missed, ["too slow", "too large", "one too few"]);
    }

    #[test]
    fn the_median_is_the_middle_one() {
        assert!((median(vec![9.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
    }
}
