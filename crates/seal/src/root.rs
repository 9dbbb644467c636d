//! Root keys, which wrap the data keys of all workspaces. Their file's format is in `root_file`;
//! reading and writing the file itself is left to the caller.

use std::fmt;

use rand::{CryptoRng, RngCore};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::cipher::{self, Context, KEY_LEN};
use crate::{DataKey, Error};

/// The root keys of one deployment: one is current and wraps new data keys, the others still
/// unwrap older ones until they are retired. Wiped from memory when dropped.
pub struct RootKeys {
    pub(crate) current: String,
    pub(crate) keys: Vec<RootKey>,
}

pub(crate) struct RootKey {
    pub(crate) id: String,
    pub(crate) bytes: Zeroizing<[u8; KEY_LEN]>,
}

/// The data key that a wrapping belongs to. It unwraps as that key and as no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DataKeyContext {
    /// The workspace whose fields the data key seals.
    pub workspace: Uuid,
    /// The id of the data key.
    pub key_id: Uuid,
}

/// A data key under a root key: safe to store beside what the data key seals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// The root key that opens it.
    pub root_key_id: String,
    /// The sealed key: 61 bytes, format byte first.
    pub bytes: Vec<u8>,
}

impl RootKeys {
    /// A set with one new random key, which is current.
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut keys = Self { current: String::new(), keys: Vec::new() };
        keys.add(rng);
        keys
    }

    /// Adds a new random key, makes it current and returns its id. The older keys stay, so that
    /// what they wrapped still unwraps.
    pub fn add(&mut self, rng: &mut (impl CryptoRng + ?Sized)) -> String {
        let id = self.unused_id(rng);
        let mut bytes = Zeroizing::new([0; KEY_LEN]);
        rng.fill_bytes(&mut *bytes);
        self.keys.push(RootKey { id: id.clone(), bytes });
        self.current.clone_from(&id);
        id
    }

    /// Forgets a key. Only do so once nothing is wrapped by it any more: it cannot be undone.
    ///
    /// # Errors
    /// [`Error::RootKeyIsCurrent`] for the current key, [`Error::UnknownRootKey`] for no key.
    pub fn retire(&mut self, id: &str) -> Result<(), Error> {
        if id == self.current {
            return Err(Error::RootKeyIsCurrent(id.to_owned()));
        }
        let at = self.keys.iter().position(|key| key.id == id);
        self.keys.remove(at.ok_or_else(|| Error::UnknownRootKey(id.to_owned()))?);
        Ok(())
    }

    /// The id of the key that wraps new data keys.
    pub fn current_id(&self) -> &str {
        &self.current
    }

    /// The ids of all keys, oldest first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.id.as_str())
    }

    /// Wraps a data key under the current root key, bound to `context`.
    pub fn wrap(
        &self,
        data_key: &DataKey,
        context: DataKeyContext,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Wrapped {
        let root = self.key(&self.current).expect("the current key is always one of the keys");
        let bytes = cipher::encrypt(&root.bytes, &context.of(&root.id), &*data_key.0, rng);
        Wrapped { root_key_id: root.id.clone(), bytes }
    }

    /// Unwraps a data key.
    ///
    /// # Errors
    /// [`Error::UnknownRootKey`] when its root key is not here (read the file again),
    /// [`Error::DoesNotOpen`] when it was altered or belongs to another context.
    pub fn unwrap(&self, wrapped: &Wrapped, context: DataKeyContext) -> Result<DataKey, Error> {
        let root = self
            .key(&wrapped.root_key_id)
            .ok_or_else(|| Error::UnknownRootKey(wrapped.root_key_id.clone()))?;
        let bytes = cipher::decrypt(&root.bytes, &context.of(&root.id), &wrapped.bytes)?;
        let mut key = Zeroizing::new([0; KEY_LEN]);
        if bytes.len() != KEY_LEN {
            return Err(Error::DoesNotOpen);
        }
        key.copy_from_slice(&bytes);
        Ok(DataKey(key))
    }

    /// The same data key under the current root key, or `None` where it is already. The data key,
    /// and so everything it sealed, stays as it is: a rotation can stop anywhere and go on later.
    ///
    /// # Errors
    /// As [`RootKeys::unwrap`].
    pub fn rewrap(
        &self,
        wrapped: &Wrapped,
        context: DataKeyContext,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Option<Wrapped>, Error> {
        if wrapped.root_key_id == self.current {
            return Ok(None);
        }
        let data_key = self.unwrap(wrapped, context)?;
        Ok(Some(self.wrap(&data_key, context, rng)))
    }

    pub(crate) fn key(&self, id: &str) -> Option<&RootKey> {
        self.keys.iter().find(|key| key.id == id)
    }

    fn unused_id(&self, rng: &mut (impl RngCore + ?Sized)) -> String {
        loop {
            let id = format!("root-{:016x}", rng.next_u64());
            if self.key(&id).is_none() {
                return id;
            }
        }
    }
}

/// Shows ids only.
impl fmt::Debug for RootKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootKeys {{ current: {:?}, keys: ", self.current)?;
        f.debug_list().entries(self.ids()).finish()?;
        f.write_str(" }")
    }
}

impl DataKeyContext {
    /// The root key's id is bound too: under another root key's name the bytes do not open, even
    /// where an operator has copied one key under two ids.
    fn of(&self, root_key_id: &str) -> Context {
        Context::new(
            "keytile wrapped data key",
            &[root_key_id.as_bytes(), self.workspace.as_bytes(), self.key_id.as_bytes()],
        )
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;
    use crate::{Place, open, seal};

    const CONTEXT: DataKeyContext =
        DataKeyContext { workspace: Uuid::from_u128(1), key_id: Uuid::from_u128(2) };

    fn rng() -> StdRng {
        StdRng::seed_from_u64(11)
    }

    #[test]
    fn a_wrapped_data_key_unwraps_as_the_same_key() {
        let mut rng = rng();
        let (roots, key) = (RootKeys::generate(&mut rng), DataKey::generate(&mut rng));
        let wrapped = roots.wrap(&key, CONTEXT, &mut rng);
        assert_eq!(wrapped.bytes.len(), 61);
        assert_eq!(*roots.unwrap(&wrapped, CONTEXT).unwrap().0, *key.0);
    }

    /// T7, one level up: a data key given to another workspace, or under another id.
    #[test]
    fn a_wrapped_data_key_does_not_unwrap_elsewhere() {
        let mut rng = rng();
        let mut roots = RootKeys::generate(&mut rng);
        let wrapped = roots.wrap(&DataKey::generate(&mut rng), CONTEXT, &mut rng);
        let workspace = DataKeyContext { workspace: Uuid::from_u128(9), ..CONTEXT };
        let key_id = DataKeyContext { key_id: Uuid::from_u128(9), ..CONTEXT };
        let swapped = DataKeyContext { workspace: CONTEXT.key_id, key_id: CONTEXT.workspace };
        for elsewhere in [workspace, key_id, swapped] {
            let refused = roots.unwrap(&wrapped, elsewhere).unwrap_err();
            assert_eq!(refused, Error::DoesNotOpen, "{elsewhere:?}");
        }
        let renamed = Wrapped { root_key_id: roots.add(&mut rng), ..wrapped };
        assert_eq!(roots.unwrap(&renamed, CONTEXT).unwrap_err(), Error::DoesNotOpen);
    }

    #[test]
    fn every_flipped_bit_of_a_wrapped_key_is_noticed() {
        let mut rng = rng();
        let roots = RootKeys::generate(&mut rng);
        let wrapped = roots.wrap(&DataKey::generate(&mut rng), CONTEXT, &mut rng);
        for bit in 0..wrapped.bytes.len() * 8 {
            let mut altered = wrapped.clone();
            altered.bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(roots.unwrap(&altered, CONTEXT).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_root_key_that_is_not_here_is_told_apart() {
        let mut rng = rng();
        let (ours, theirs) = (RootKeys::generate(&mut rng), RootKeys::generate(&mut rng));
        let wrapped = theirs.wrap(&DataKey::generate(&mut rng), CONTEXT, &mut rng);
        assert_eq!(
            ours.unwrap(&wrapped, CONTEXT).unwrap_err(),
            Error::UnknownRootKey(theirs.current_id().to_owned())
        );
    }

    /// T10: the rotation is cut off after each number of steps, then done again from the start.
    #[test]
    fn a_rotation_stopped_anywhere_leaves_every_field_readable() {
        const KEYS: u128 = 6;
        for stop_after in 0..=KEYS {
            let mut rng = rng();
            let mut roots = RootKeys::generate(&mut rng);
            let old = roots.current_id().to_owned();
            let context = |n| DataKeyContext { key_id: Uuid::from_u128(n), ..CONTEXT };
            let place = |n| Place {
                workspace: CONTEXT.workspace,
                item: Uuid::from_u128(n),
                field: "password",
                version: 1,
                key_id: Uuid::from_u128(n),
            };
            let mut stored = Vec::new();
            for n in 0..KEYS {
                let key = DataKey::generate(&mut rng);
                let sealed = seal(&key, &place(n), &n.to_be_bytes(), &mut rng);
                stored.push((n, roots.wrap(&key, context(n), &mut rng), sealed));
            }

            roots.add(&mut rng);
            for steps in [stop_after, KEYS] {
                for (n, wrapped, _) in stored.iter_mut().take(usize::try_from(steps).unwrap()) {
                    if let Some(renewed) = roots.rewrap(wrapped, context(*n), &mut rng).unwrap() {
                        *wrapped = renewed;
                    }
                }
                for (n, wrapped, sealed) in &stored {
                    let key = roots.unwrap(wrapped, context(*n)).unwrap();
                    assert_eq!(*open(&key, &place(*n), sealed).unwrap(), n.to_be_bytes());
                }
            }
            assert!(stored.iter().all(|(_, wrapped, _)| wrapped.root_key_id != old));
            roots.retire(&old).unwrap();
            for (n, wrapped, _) in &stored {
                assert!(roots.unwrap(wrapped, context(*n)).is_ok(), "key {n} after retiring");
            }
        }
    }

    #[test]
    fn the_current_root_key_cannot_be_retired() {
        let mut rng = rng();
        let mut roots = RootKeys::generate(&mut rng);
        let first = roots.current_id().to_owned();
        assert_eq!(roots.retire(&first), Err(Error::RootKeyIsCurrent(first.clone())));
        let second = roots.add(&mut rng);
        assert_eq!(roots.current_id(), second);
        assert_eq!(roots.retire(&first), Ok(()));
        assert_eq!(roots.retire(&first), Err(Error::UnknownRootKey(first)));
    }
}
