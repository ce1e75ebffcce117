//! Marked points of a unit of work at which a test can hold, count or kill the service.
//!
//! A decorator around any [`Storage`](backstop_application::ports::Storage) reaches them; what then happens is up to
//! the [`FaultPoints`] it was given. No shipped build has this crate.

mod barrier;
mod points;
mod socket;
mod storage;

pub use barrier::BarrierFaultPoints;
pub use points::{FaultPoints, point};
pub use socket::{BadFaultPoints, SocketFaultPoints};
pub use storage::FaultingStorage;
