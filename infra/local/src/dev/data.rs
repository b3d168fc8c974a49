//! The folder that `--data` names: the two databases, the master secret and the address.
//!
//! Invariant: one process at a time has a folder; it holds the lock on the file `lock` until it
//! ends, however it ends.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use rand::{TryRngCore, rngs::OsRng};

/// Bytes of the secret from which tenants' keys are derived.
const SECRET_BYTES: usize = 32;

/// Why the folder can not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DataError {
    /// Another process has it.
    #[error("another `tocsin dev` uses {}: stop it, or give another --data", .0.display())]
    InUse(PathBuf),
    /// A file can not be made, read or written.
    #[error("cannot use {}: {cause}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The secret was cut short or replaced; names sealed with the former can not be read.
    #[error("{} is not a secret of {SECRET_BYTES} bytes", .0.display())]
    Secret(PathBuf),
    /// SQLite takes paths in UTF-8 only.
    #[error("{} is not UTF-8: give another --data", .0.display())]
    NotUtf8(PathBuf),
    /// The system has no randomness.
    #[error("cannot draw a secret: {0}")]
    Randomness(String),
}

/// Where state is kept; nowhere, if it is in memory.
pub(super) enum Data {
    /// Gone when the process ends.
    Memory,
    /// Kept there.
    Folder {
        /// As given.
        path: PathBuf,
        /// Locked as long as it is open.
        _lock: File,
    },
}

impl Data {
    /// Makes the folder, if it is not there, and takes it.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, DataError> {
        let Some(path) = path else { return Ok(Self::Memory) };
        fs::create_dir_all(path).map_err(at(path))?;
        let lock = path.join("lock");
        let file = File::create(&lock).map_err(at(&lock))?;
        match file.try_lock() {
            Ok(()) => Ok(Self::Folder { path: path.to_owned(), _lock: file }),
            Err(TryLockError::WouldBlock) => Err(DataError::InUse(path.to_owned())),
            Err(TryLockError::Error(cause)) => Err(DataError::File { path: lock, cause }),
        }
    }

    /// A file of the folder, for SQLite.
    pub(super) fn file(&self, name: &str) -> Result<Option<String>, DataError> {
        let Self::Folder { path, .. } = self else { return Ok(None) };
        let file = path.join(name);
        match file.into_os_string().into_string() {
            Ok(file) => Ok(Some(file)),
            Err(file) => Err(DataError::NotUtf8(file.into())),
        }
    }

    /// The secret of earlier runs, or a new one.
    pub(super) fn secret(&self) -> Result<Vec<u8>, DataError> {
        let Self::Folder { path, .. } = self else { return draw_secret() };
        let file = path.join("secret");
        match fs::read(&file) {
            Ok(secret) if secret.len() == SECRET_BYTES => Ok(secret),
            Ok(_) => Err(DataError::Secret(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secret = draw_secret()?;
                write_secret(&file, &secret).map_err(at(&file))?;
                Ok(secret)
            }
            Err(cause) => Err(DataError::File { path: file, cause }),
        }
    }

    /// Tells other processes where this one answers.
    pub(super) fn write_address(&self, address: &str) -> Result<(), DataError> {
        let Self::Folder { path, .. } = self else { return Ok(()) };
        let file = path.join("address");
        fs::write(&file, format!("{address}\n")).map_err(at(&file))
    }
}

fn draw_secret() -> Result<Vec<u8>, DataError> {
    let mut secret = vec![0; SECRET_BYTES];
    OsRng.try_fill_bytes(&mut secret).map_err(|error| DataError::Randomness(error.to_string()))?;
    Ok(secret)
}

/// Written beside and renamed, so that a crash leaves no half of a secret.
fn write_secret(file: &Path, secret: &[u8]) -> io::Result<()> {
    let new = file.with_extension("new");
    let mut out =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    out.write_all(secret)?;
    out.sync_all()?;
    fs::rename(new, file)
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> DataError {
    let path = path.to_owned();
    move |cause| DataError::File { path, cause }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_folder_keeps_its_secret_to_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let secret = Data::open(Some(folder.path())).unwrap().secret().unwrap();
        assert_eq!(Data::open(Some(folder.path())).unwrap().secret().unwrap(), secret);
        let mode = fs::metadata(folder.path().join("secret")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn two_can_not_have_one_folder() {
        let folder = tempfile::tempdir().unwrap();
        let _first = Data::open(Some(folder.path())).unwrap();
        assert!(matches!(Data::open(Some(folder.path())), Err(DataError::InUse(_))));
    }
}
