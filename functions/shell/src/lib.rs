//! What the functions share and the domain must not know: the environment, the clock, telemetry,
//! HTTP shapes, queues, and the store.
//!
//! | module | what |
//! |---|---|
//! | [`config`] | the whole environment, read once, every problem reported at once |
//! | [`clock`] | the one place that reads the time |
//! | [`random`] | the one place that draws what nobody may guess |
//! | [`telemetry`] | log lines, and our own metrics as enums |
//! | [`http`] | requests and answers, whatever gateway they came through |
//! | [`notification`] | what the scorer asks of fanout |
//! | [`ack`] | links by which an alert is acknowledged |
//! | [`audit`] | what is refused: a line in the log, and an entry of the trail |
//! | [`queue`] | messages out, batches in |
//! | [`store`] | the two tables, one method for each access pattern |
//! | [`rollups`] | numbers out of deltas, segments and hours, each counted once |
//! | [`verify`] | the rollups recomputed from the entities, and compared |
//! | [`secret`] | the master secret, out of Secrets Manager |
//! | [`vault`] | secrets: identifiers hashed, agents' names encrypted |

pub mod ack;
pub mod audit;
mod aws;
pub mod clock;
pub mod config;
pub mod erasure;
pub mod http;
pub mod notification;
pub mod queue;
pub mod random;
pub mod rollups;
pub mod secret;
pub mod store;
pub mod telemetry;
pub mod vault;
pub mod verify;
