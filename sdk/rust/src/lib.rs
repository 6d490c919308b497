//! The hook API for hooks in Rust.
//!
//! ```ignore
//! use backfill_http::{Options, http};
//! use serde_json::Value;
//!
//! backfill_http::hook!(run);
//!
//! fn run(_event: Value) -> backfill_http::Result<Value> {
//!     let res = http::get("https://api.example.com/v1/customers", &Options::default())?;
//!     Ok(res.json()?)
//! }
//! ```

mod body;
pub mod clock;
mod error;
pub mod http;
pub mod log;
mod options;
pub mod random;
mod response;
mod run;
pub mod secrets;

pub use body::Body;
pub use error::{Code, HttpError, Phase};
pub use options::{Auth, Options, ResponseType};
pub use response::Response;

/// What a hook returns: its result, or an error whose message ends the event.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The bindings of the WIT world, for the macro [`hook`].
#[doc(hidden)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "hook",
        pub_export_macro: true,
        default_bindings_module: "backfill_http::bindings",
    });
}

#[doc(hidden)]
pub use run::run;

/// Makes a component of a function that takes an event and gives a [`Result`]; both are JSON, by `serde`.
#[macro_export]
macro_rules! hook {
    ($run:path) => {
        struct Hook;

        impl $crate::bindings::Guest for Hook {
            fn run(event: ::std::string::String) -> ::std::result::Result<::std::string::String, ::std::string::String> {
                $crate::run(&event, $run)
            }
        }

        $crate::bindings::export!(Hook with_types_in $crate::bindings);
    };
}
