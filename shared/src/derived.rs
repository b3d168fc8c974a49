//! What ingest derives from text: a customer's sentiment, a request for a person, judgements by
//! phrases, and the fingerprint of an answer.
//!
//! All of it is a function of one event's masked text and the tenant's [`Policy`] at its receipt.
//! It is stored with the event and never recomputed, and neither the event's identity nor its
//! content hash depends on it. **Masked**, so that nothing that masking takes out of a text can
//! leave a trace in what is counted, and so that whoever reads the stored text sees all that was
//! judged. Every step is linear in the text, whatever it holds.

mod fingerprint;
mod person;
mod policy;
mod sentiment;
mod words;

pub(crate) use fingerprint::normal_form;
pub use person::{asks_for_person, compile_names};
pub use policy::{Policy, PolicyError};
pub use sentiment::{read_lexicon, sentiment};
