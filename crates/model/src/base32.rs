//! 128 bits as 26 characters of Crockford's alphabet in lower case, as TypeID writes them
//! (<https://github.com/jetify-com/typeid/tree/main/spec>). Ids and launch ids share it.

use std::fmt;

/// No i, l, o or u: what is read aloud or copied by hand stays unambiguous.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Characters that hold 128 bits: 26 x 5 = 130, so the first one is never above `7`.
pub(crate) const LENGTH: usize = 26;

/// Why a text is not 128 bits in this alphabet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// Not 26 bytes long.
    Length,
    /// A character outside the alphabet; capitals are outside.
    Character,
    /// The first character stands for more than the three bits that are left.
    Overflow,
}

/// Writes the 26 characters, most significant first, so that texts sort as their values do.
pub(crate) fn write(value: u128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut text = [0_u8; LENGTH];
    let mut rest = value;
    for place in text.iter_mut().rev() {
        *place = ALPHABET[(rest & 31) as usize];
        rest >>= 5;
    }
    f.write_str(std::str::from_utf8(&text).expect("the alphabet is ASCII"))
}

/// Reads exactly what [`write`] writes: one text for one value, so no id has two spellings.
pub(crate) fn read(text: &str) -> Result<u128, Flaw> {
    if text.len() != LENGTH {
        return Err(Flaw::Length);
    }
    let mut value = 0_u128;
    for (place, byte) in text.bytes().enumerate() {
        let digit = ALPHABET.iter().position(|&known| known == byte).ok_or(Flaw::Character)?;
        if place == 0 && digit > 7 {
            return Err(Flaw::Overflow);
        }
        value = (value << 5) | digit as u128;
    }
    Ok(value)
}
