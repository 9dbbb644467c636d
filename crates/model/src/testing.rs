//! Small helpers that several modules' tests share.

use std::fmt;

use serde::Serialize;
use serde::de::value::{Error, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};

/// Serde reads and writes this value as its code: the API and the database can't drift apart.
pub(crate) fn assert_serde_agrees<T>(value: T, code: &'static str)
where
    T: Serialize + DeserializeOwned + PartialEq + fmt::Debug,
{
    let reader: StrDeserializer<'_, Error> = code.into_deserializer();
    assert_eq!(T::deserialize(reader).as_ref(), Ok(&value));
    assert_eq!(Written(&value).to_string(), code);
}

/// What serde writes for a value that is one word: a formatter is a serializer of such values.
struct Written<'a, T>(&'a T);

impl<T: Serialize> fmt::Display for Written<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.serialize(f)
    }
}
