//! What a mail says: what happened and what to do, and where; in plain text, and not more than the webhook's message.

use std::time::SystemTime;

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::{Address, error};

use super::server::Sender;
use crate::deliveries::Delivery;

/// The longest headline, in characters: what a list of mails shows.
const HEADLINE: usize = 90;

/// A mail as it is handed over.
pub(super) struct Letter(Vec<u8>);

impl Letter {
    /// A mail about `told` to one person. The same of it each time: a mail system knows a second copy by its id.
    pub(super) fn write(
        from: &Sender,
        to: &Address,
        workspace: &str,
        origin: &str,
        told: &Delivery,
    ) -> Result<Self, error::Error> {
        let workspace = one_line(workspace);
        let subject = format!("Keytile, {workspace}: {}", headline(&told.message));
        let link = format!("{origin}{}", told.link);
        let body = format!(
            "{}\n\n{link}\n\n-- \nYou get this because you are an admin of {workspace} in Keytile. Alert: {}\n",
            told.message, told.kind
        );
        let message = Message::builder()
            .from(from.0.clone())
            .to(Mailbox::new(None, to.clone()))
            .subject(subject)
            .date(SystemTime::from(told.at))
            .message_id(Some(format!("<{}@{}>", told.id, from.0.email.domain())))
            // RFC 3834: nobody's absence note is an answer to it.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".into(),
            ))
            .header(ContentType::TEXT_PLAIN)
            .body(body)?;
        Ok(Self(message.formatted()))
    }

    /// The mail, header and body (RFC 5322).
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The first sentence, as far as a list of mails shows it.
fn headline(message: &str) -> String {
    let message = one_line(message);
    let first = message.split(". ").next().unwrap_or_default().trim_end_matches('.');
    match first.char_indices().nth(HEADLINE) {
        Some((end, _)) => format!("{}…", first[..end].trim_end()),
        None => first.to_owned(),
    }
}

/// Nothing that could begin another line of a header.
fn one_line(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use model::{DeliveryId, Timestamp};
    use serde_json::json;

    use super::*;

    fn letter(workspace: &str, message: &str) -> String {
        let from = Sender::try_from("Keytile <keytile@k.example>".to_owned()).unwrap();
        let told = Delivery {
            id: DeliveryId::from(uuid::Uuid::nil()),
            member: None,
            kind: "credential.refused".into(),
            message: message.into(),
            link: "/settings".into(),
            detail: json!({}),
            at: Timestamp::UNIX_EPOCH,
            attempts: 1,
            due_at: None,
            delivered_at: None,
            problem: None,
        };
        let to = "ada@k.example".parse().unwrap();
        let letter = Letter::write(&from, &to, workspace, "https://k.example", &told).unwrap();
        String::from_utf8(letter.bytes().to_vec()).unwrap()
    }

    #[test]
    fn a_letter_says_what_happened_and_where_and_is_the_same_each_time() {
        let text = letter("Acme", "Syncing with Okta waits. Enter another credential.");
        for line in [
            "From: Keytile <keytile@k.example>\r\n",
            "To: ada@k.example\r\n",
            "Subject: Keytile, Acme: Syncing with Okta waits\r\n",
            "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "@k.example>\r\n",
            "\r\n\r\nSyncing with Okta waits. Enter another credential.\r\n\r\nhttps://k.example/settings\r\n",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        assert_eq!(text, letter("Acme", "Syncing with Okta waits. Enter another credential."));
    }

    /// T29: a name begins no header of its own.
    #[test]
    fn a_name_with_line_breaks_stays_in_its_header() {
        for name in [
            "Acme\r\nBcc: eve@evil.example",
            "Acme\nBcc: eve@evil.example",
            "Ä\r\n\r\nBcc: eve@evil.example",
        ] {
            let text = letter(name, "One\r\nBcc: eve@evil.example. Two.");
            let (head, _) = text.split_once("\r\n\r\n").unwrap();
            assert!(!head.lines().any(|line| line.to_lowercase().starts_with("bcc")), "{text}");
        }
        assert!("ada@k.example\r\nBcc: eve@evil.example".parse::<Address>().is_err());
    }

    #[test]
    fn a_headline_is_the_first_sentence_cut_between_characters() {
        assert_eq!(headline("One thing. Another."), "One thing");
        assert_eq!(headline("12.5 of it."), "12.5 of it");
        assert_eq!(headline(&"ä".repeat(200)), format!("{}…", "ä".repeat(HEADLINE)));
    }
}
