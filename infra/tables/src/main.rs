//! An embedded DynamoDB in memory, for what measures or tries other processes: prints its address and
//! serves until standard input ends.
#![expect(clippy::print_stdout, reason = "whoever starts it reads the address")]

use std::{
    error::Error,
    io::{self, Read},
};

use dynoxide::Database;
use tocsin_tables::serve;
use tokio::task::spawn_blocking;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    println!("{}", serve(Database::memory()?).await?);
    spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new())).await??;
    Ok(())
}
