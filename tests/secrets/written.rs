//! All that is ever written: rows that were replaced or deleted since, in every encoding that bodies
//! have, and the files as they lie there.
#![expect(unreachable_pub, reason = "a module of a test binary")]

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::read::DeflateDecoder;
use rusqlite::{Connection, types::ValueRef};
use serde_json::Value;

/// The databases of `--data`.
pub const DATABASES: [&str; 2] = ["tables.db", "queues.db"];

/// From now on each row that is written to the database is kept, whatever becomes of it.
pub fn keep_rows(database: &Path) {
    let connection = Connection::open(database).unwrap();
    connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    let mut tables =
        connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").unwrap();
    let tables: Vec<String> =
        tables.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    connection.execute_batch("CREATE TABLE kept_rows (value)").unwrap();
    for (number, table) in tables.iter().filter(|name| !name.starts_with("sqlite_")).enumerate() {
        let mut columns = connection.prepare("SELECT name FROM pragma_table_info(?1)").unwrap();
        let columns: Vec<String> = columns
            .query_map([table], |row| Ok(format!("(new.\"{}\")", row.get::<_, String>(0)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        for event in ["INSERT", "UPDATE"] {
            let trigger = format!(
                "CREATE TRIGGER kept_{number}_{event} AFTER {event} ON \"{table}\" BEGIN
                 INSERT INTO kept_rows VALUES {}; END",
                columns.join(",")
            );
            connection.execute_batch(&trigger).unwrap();
        }
    }
}

/// What was kept, in all its readings.
pub fn kept_rows(database: &Path) -> Vec<Vec<u8>> {
    let connection = Connection::open(database).unwrap();
    let mut rows = connection.prepare("SELECT DISTINCT value FROM kept_rows").unwrap();
    let mut rows = rows.query([]).unwrap();
    let mut readings = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        match row.get_ref(0).unwrap() {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => read(bytes.to_vec(), &mut readings),
            ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => {}
        }
    }
    readings
}

/// The bytes, and whatever base64, JSON and deflate hide in them.
fn read(bytes: Vec<u8>, readings: &mut Vec<Vec<u8>>) {
    match serde_json::from_slice::<Value>(&bytes) {
        Ok(json) => read_json(&json, readings),
        Err(_) => read_encoded(&bytes, readings),
    }
    // Behind the byte that tells the version of a shape.
    for body in [Some(bytes.as_slice()), bytes.get(1..)].into_iter().flatten() {
        let mut plain = Vec::new();
        if DeflateDecoder::new(body).read_to_end(&mut plain).is_ok() && !plain.is_empty() {
            read(plain, readings);
        }
    }
    readings.push(bytes);
}

fn read_encoded(bytes: &[u8], readings: &mut Vec<Vec<u8>>) {
    if let (true, Ok(decoded)) = (bytes.len() >= 8, STANDARD.decode(bytes)) {
        read(decoded, readings);
    }
}

fn read_json(value: &Value, readings: &mut Vec<Vec<u8>>) {
    match value {
        Value::String(text) => {
            read_encoded(text.as_bytes(), readings);
            readings.push(text.as_bytes().to_vec());
        }
        Value::Array(items) => items.iter().for_each(|item| read_json(item, readings)),
        Value::Object(fields) => fields.values().for_each(|field| read_json(field, readings)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Every file of a folder, as it is.
pub fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let bytes = fs::read(&path).unwrap();
            found.push((path, bytes));
        }
    }
    found
}
