//! Money: payments through a provider, the sandbox provider itself, and the journal.

pub mod ledger;
pub mod payments;
pub mod sandbox;

use stoa_kernel::Module;

/// The services of this area.
pub const MODULES: &[&Module] = &[&payments::MODULE, &ledger::MODULE];

/// The area's REST routes.
pub fn routes() -> stoa_kernel::http::Router {
    payments::routes()
}
