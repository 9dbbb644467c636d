//! Verification codes (RFC 6238): from a stored seed, which never leaves, to the code of this moment (C28).

use data_encoding::BASE32_NOPAD;
use model::Timestamp;
use model::secret::Secret;
use totp_rs::{Algorithm, Builder, Totp};

/// Shorter periods than this leave no time to type, and longer ones are no longer one-time.
const PERIODS: std::ops::RangeInclusive<u64> = 10..=120;

/// A code, and for how long it is the right one.
pub struct Code {
    /// Its digits.
    pub text: Secret<String>,
    /// Milliseconds until the next one takes its place.
    pub valid_for_ms: i64,
}

/// The code of this moment; `None` where the seed is none.
pub fn code(seed: &str, now: Timestamp) -> Option<Code> {
    let (totp, period) = read(seed)?;
    let second = u64::try_from(now.as_second()).ok()?;
    let next = i64::try_from((second / period + 1) * period).ok()?;
    Some(Code {
        text: Secret::new(totp.generate(second).to_string()),
        valid_for_ms: next * 1_000 - now.as_millisecond(),
    })
}

/// A stored seed: Base32, or an `otpauth://totp/…` link, which may ask for other digits, periods and hashes
/// (<https://github.com/google/google-authenticator/wiki/Key-Uri-Format>).
fn read(seed: &str) -> Option<(Totp, u64)> {
    let (mut base32, mut algorithm, mut digits, mut period) =
        (seed.to_owned(), Algorithm::SHA1, 6, 30);
    if seed.starts_with("otpauth://") {
        let link = url::Url::parse(seed).ok().filter(|link| link.host_str() == Some("totp"))?;
        base32.clear();
        for (name, value) in link.query_pairs() {
            match &*name {
                "secret" => base32 = value.into_owned(),
                "algorithm" => {
                    algorithm = match value.to_ascii_uppercase().replace('-', "").as_str() {
                        "SHA1" => Algorithm::SHA1,
                        "SHA256" => Algorithm::SHA256,
                        "SHA512" => Algorithm::SHA512,
                        _ => return None,
                    }
                }
                "digits" => digits = value.parse().ok().filter(|n| (6..=8).contains(n))?,
                "period" => period = value.parse().ok().filter(|n| PERIODS.contains(n))?,
                _ => {}
            }
        }
    }
    let base32: String =
        base32.chars().filter(|c| !matches!(c, ' ' | '-' | '=')).collect::<String>().to_uppercase();
    // Sites print seeds whose length is no whole number of bytes: what is left over is dropped, as other apps do.
    let whole = base32.len() - usize::from(matches!(base32.len() % 8, 1 | 3 | 6));
    let mut encoding = BASE32_NOPAD.specification();
    encoding.check_trailing_bits = false;
    let bytes = encoding.encoding().ok()?.decode(&base32.as_bytes()[..whole]).ok()?;
    if bytes.is_empty() {
        return None;
    }
    let builder = Builder::new().with_algorithm(algorithm).with_digits(digits);
    // "Noncompliant" is a seed under 128 bits, which many sites give out.
    Some((builder.with_step_duration(period).with_secret(bytes).build_noncompliant(), period))
}

/// Whether codes can be made of it.
pub fn is_seed(seed: &str) -> bool {
    read(seed).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seed: &str, second: i64) -> String {
        code(seed, Timestamp::from_second(second).unwrap()).unwrap().text.expose().clone()
    }

    /// RFC 6238, appendix B.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let seeds = [
            ("SHA1", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
            ("SHA256", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA"),
            (
                "SHA512",
                "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNA",
            ),
        ];
        let codes = [
            (59, ["94287082", "46119246", "90693936"]),
            (1_111_111_109, ["07081804", "68084774", "25091201"]),
            (20_000_000_000, ["65353130", "77737706", "47863826"]),
        ];
        for (second, expected) in codes {
            for ((hash, seed), code) in seeds.iter().zip(expected) {
                let link = format!(
                    "otpauth://totp/A:b?secret={seed}&algorithm={hash}&digits=8&period=30&issuer=A"
                );
                assert_eq!(at(&link, second), code, "{hash} at {second}");
            }
        }
    }

    #[test]
    fn digits_and_periods_are_as_the_link_says() {
        let seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        assert_eq!(at(seed, 59), "287082");
        assert_eq!(at("gezd gnbv gy3t qojq-gezd gnbv gy3t qojq", 59), "287082");
        assert_eq!(at(&format!("otpauth://totp/x?secret={seed}&digits=7"), 59), "4287082");
        // The second period of 15 seconds at 29, as the second of 30 at 59.
        assert_eq!(at(&format!("otpauth://totp/x?secret={seed}&period=15"), 29), "287082");
        let code = code(seed, Timestamp::from_millisecond(59_400).unwrap()).unwrap();
        assert_eq!(code.valid_for_ms, 600);
    }

    #[test]
    fn what_is_no_seed_gives_no_code() {
        for text in [
            "",
            "1",
            "otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQ&counter=1",
            "otpauth://totp/x",
            "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&digits=9",
            "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&period=0",
            "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&algorithm=MD5",
        ] {
            assert!(!is_seed(text), "{text}");
        }
    }
}
