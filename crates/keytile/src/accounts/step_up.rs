//! How recent and how strong a sign-in must be for a launch: an app's sign-on policy at the identity provider guards the
//! tile alone, not our address (OpenID Connect Core, section 3.1.2.1: `max_age`, `acr_values`).

use jiff::SignedDuration;
use model::Timestamp;

use crate::error::{Error, Result};

/// The longest time that can be asked for, in minutes: no session lives longer.
const LONGEST: i64 = 24 * 60;
/// The longest list of classes.
const CLASSES: usize = 300;

/// What an account asks of the sign-in of whoever launches it. Without anything, a live session is enough.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepUp {
    /// How old it may be.
    pub max_age_minutes: Option<i64>,
    /// One of these authentication context classes, separated by spaces.
    pub acr: Option<String>,
}

impl StepUp {
    /// Whether anything is asked.
    pub fn asks(&self) -> bool {
        *self != Self::default()
    }

    /// How old it may be.
    pub fn max_age(&self) -> Option<SignedDuration> {
        self.max_age_minutes.map(SignedDuration::from_mins)
    }

    /// The same for people; `None` where nothing is asked.
    pub fn in_words(&self) -> Option<String> {
        let age = self.max_age_minutes.map(|minutes| match minutes {
            1 => "at most a minute old".to_owned(),
            minutes => format!("at most {minutes} minutes old"),
        });
        let strength =
            self.acr.as_ref().map(|acr| format!("as strong as {}", acr.replace(' ', " or ")));
        let words: Vec<String> = age.into_iter().chain(strength).collect();
        (!words.is_empty()).then(|| words.join(", and "))
    }

    /// Whether a sign-in at `at`, of the class `acr`, is enough `now`. `leeway`: what passed since that was asked first.
    pub fn is_met_by(
        &self,
        at: Timestamp,
        acr: Option<&str>,
        now: Timestamp,
        leeway: SignedDuration,
    ) -> bool {
        let is_recent =
            self.max_age().is_none_or(|oldest| now.duration_since(at) <= oldest + leeway);
        let is_strong = self.acr.as_deref().is_none_or(|classes| {
            acr.is_some_and(|acr| classes.split(' ').any(|class| class == acr))
        });
        is_recent && is_strong
    }

    /// What somebody entered, as it is kept.
    ///
    /// # Errors
    /// [`Error::Invalid`] of the field `max_age_minutes` or `acr_values`.
    pub(super) fn check(self) -> Result<Self> {
        if self.max_age_minutes.is_some_and(|minutes| !(1..=LONGEST).contains(&minutes)) {
            let text = format!("Enter a number of minutes, 1 to {LONGEST}.");
            return Err(Error::invalid("max_age_minutes", text));
        }
        let classes: Vec<&str> = self.acr.iter().flat_map(|text| text.split_whitespace()).collect();
        let acr = classes.join(" ");
        if acr.len() > CLASSES || !acr.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
            let text = "Enter values such as urn:okta:loa:2fa:any, at most 300 characters.";
            return Err(Error::invalid("acr_values", text));
        }
        Ok(Self { acr: (!acr.is_empty()).then_some(acr), ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(minutes: Option<i64>, acr: &str) -> StepUp {
        let acr = (!acr.is_empty()).then(|| acr.to_owned());
        StepUp { max_age_minutes: minutes, acr }
    }

    #[test]
    fn a_sign_in_is_as_recent_and_as_strong_as_is_asked() {
        let at = Timestamp::UNIX_EPOCH;
        let met = |step_up: &StepUp, acr: Option<&str>, seconds: i64| {
            let now = at + SignedDuration::from_secs(seconds);
            step_up.is_met_by(at, acr, now, SignedDuration::from_secs(30))
        };
        assert!(met(&asks(None, ""), None, 80_000));
        let recent = asks(Some(1), "");
        assert!(met(&recent, None, 90) && !met(&recent, None, 91));
        let strong = asks(None, "phr urn:okta:loa:2fa:any");
        assert!(met(&strong, Some("phr"), 80_000) && met(&strong, Some("urn:okta:loa:2fa:any"), 0));
        for weak in [
            None,
            Some(""),
            Some("urn:okta:loa:1fa:any"),
            Some("ph"),
            Some("phr urn:okta:loa:2fa:any"),
        ] {
            assert!(!met(&strong, weak, 0), "{weak:?}");
        }
        assert!(!met(&asks(Some(1), "phr"), Some("phr"), 600));
    }

    #[test]
    fn what_is_entered_is_kept_in_one_form_or_refused() {
        assert_eq!(asks(Some(5), " a \n b ").check().unwrap(), asks(Some(5), "a b"));
        assert!(!asks(None, "  ").check().unwrap().asks());
        for wrong in [
            asks(Some(0), ""),
            asks(Some(1_441), ""),
            asks(None, "ü"),
            asks(None, &"x".repeat(301)),
        ] {
            assert!(wrong.check().is_err());
        }
    }
}
