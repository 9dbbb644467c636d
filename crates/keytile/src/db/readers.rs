//! SQLite's readers: a few connections, lent to one task at a time and opened when they are first needed.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::sqlite::{Connection, Place};
use super::{Error, Result};

/// Statements run where they are called, so more readers than cores only cost memory.
const MOST: usize = 4;

#[derive(Clone)]
pub(super) struct Readers(Arc<Pool>);

struct Pool {
    place: Place,
    /// The last one used is lent first: its pages are warm.
    idle: Mutex<Vec<Connection>>,
    lendable: Arc<Semaphore>,
}

/// A reader on loan: it goes back when this is dropped.
pub(super) struct Lent {
    connection: Option<Connection>,
    pool: Arc<Pool>,
    _permit: OwnedSemaphorePermit,
}

impl Readers {
    pub(super) fn new(place: Place) -> Self {
        let lendable = Arc::new(Semaphore::new(MOST));
        Self(Arc::new(Pool { place, idle: Mutex::default(), lendable }))
    }

    pub(super) async fn lend(&self) -> Result<Lent> {
        let lendable = Arc::clone(&self.0.lendable);
        let permit = lendable.acquire_owned().await.map_err(|_| Error::Interrupted)?;
        let idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => Connection::reader(&self.0.place)?,
        };
        Ok(Lent { connection: Some(connection), pool: Arc::clone(&self.0), _permit: permit })
    }

    /// Lends no more, and closes what is not on loan.
    pub(super) fn close(&self) {
        self.0.lendable.close();
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Lent {
    pub(super) fn connection(&mut self) -> &mut Connection {
        self.connection.as_mut().expect("it is taken only when this is dropped")
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        if !self.pool.lendable.is_closed() {
            self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}
