//! A value that must not be seen by accident: it does not print, can't be compared or serialized,
//! is wiped when dropped, and opens by one named method that a search finds.

use std::fmt;

use zeroize::Zeroize;

/// A secret. `expose` it on the one line that needs it.
#[derive(Clone)]
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Takes a value in; the caller wipes any copy it keeps.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Forms and JSON may bring a secret in; nothing takes one out, for there is no `Serialize`.
impl<'de, T: Zeroize + serde::Deserialize<'de>> serde::Deserialize<'de> for Secret<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;

    /// T26.
    #[test]
    fn a_secret_does_not_print() {
        #[derive(Debug)]
        #[expect(dead_code, reason = "only its Debug form is of interest")]
        struct Login {
            password: Secret<String>,
        }
        let login = Login { password: Secret::new("hunter2".to_owned()) };
        assert_eq!(format!("{login:?}"), "Login { password: *** }");
        assert!(!format!("{login:#?}").contains("hunter2"));
    }

    #[test]
    fn a_secret_opens_by_expose() {
        assert_eq!(Secret::from("hunter2".to_owned()).expose(), "hunter2");
    }

    #[test]
    fn a_secret_is_wiped_when_dropped() {
        struct Watched(Rc<Cell<bool>>);
        impl Zeroize for Watched {
            fn zeroize(&mut self) {
                self.0.set(true);
            }
        }
        let wiped = Rc::new(Cell::new(false));
        drop(Secret::new(Watched(Rc::clone(&wiped))));
        assert!(wiped.get());
    }
}
