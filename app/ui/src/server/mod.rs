//! The server's half of the pages: what a request brings along, forms posted without
//! WebAssembly, flash messages, and the guards in front of all of it.
//!
//! Layers from the outside in, as `stoa_app::router` and `server` mount them: sessions, then
//! the middleware that puts the kernel's `Ctx` into the request, then [`secure`] (headers,
//! origin check), [`guard`] (staff addresses), [`page_state`] (flash, refused form).

mod bundle;
mod context;
mod forms;
mod guard;
mod locale;
mod problem;
mod security;
mod session;
mod state;

pub use bundle::{Bundle, Program, bundle, use_bundle};
pub use context::{ctx, extension, fail, random_id, request_id, set_status, signed_in};
pub use forms::handle_server_function;
pub use guard::{SetUpFirst, guard};
pub use locale::{preferences, root};
pub use problem::{error_page, problem_response};
pub use security::{Security, forms_may_lead_to, provide_page_security, secure, secure_api};
pub use session::{flash, redirect_away, redirect_to, redirect_to_quietly};
pub use state::page_state;

#[cfg(test)]
mod tests;
