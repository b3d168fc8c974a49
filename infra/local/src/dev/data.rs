//! The folder that `--data` names: the two databases, the master secrets and the address.
//!
//! Invariant: one process at a time has a folder; it holds the lock on the file `lock` until it
//! ends, however it ends.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use rand::{TryRngCore, rngs::OsRng};
use tocsin_shell::vault::{SecretError, Vault};

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
    #[error("{} is not usable: {cause}", path.display())]
    Secret {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        cause: SecretError,
    },
    /// SQLite takes paths in UTF-8 only.
    #[error("{} is not UTF-8: give another --data", .0.display())]
    NotUtf8(PathBuf),
    /// The system has no randomness.
    #[error("cannot draw a secret: {0}")]
    Randomness(String),
}

/// Where state is kept; nowhere, if it is in memory.
pub(crate) enum Data {
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

/// The secrets as a setting; a file of as many bytes as one secret has is the first one itself.
fn setting(stored: &[u8]) -> String {
    if stored.len() == SECRET_BYTES {
        return STANDARD.encode(stored);
    }
    String::from_utf8_lossy(stored).trim().to_owned()
}

impl Data {
    /// Makes the folder, if it is not there, and takes it.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, DataError> {
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

    /// The vault over the secrets of earlier runs, or over a new one.
    pub(crate) fn vault(&self) -> Result<Vault, DataError> {
        let Self::Folder { path, .. } = self else { return Ok(Vault::new(draw_secret()?)) };
        let file = path.join("secret");
        match fs::read(&file) {
            Ok(stored) => {
                let parsed = Vault::parse(&setting(&stored));
                parsed.map_err(|cause| DataError::Secret { path: file, cause })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secret = draw_secret()?;
                write_secret(&file, &secret).map_err(at(&file))?;
                Ok(Vault::new(secret))
            }
            Err(cause) => Err(DataError::File { path: file, cause }),
        }
    }

    /// Puts a new secret before those that there are, or forgets all but the current one; says which
    /// versions there are then, the current one first.
    pub(crate) fn rotate(&self, forget: bool) -> Result<Vec<u8>, DataError> {
        let (vault, Self::Folder { path, .. }) = (self.vault()?, self) else {
            return Ok(Vec::new());
        };
        let rotated = if forget { vault.without_former() } else { vault.rotated(draw_secret()?) };
        let file = path.join("secret");
        write_secret(&file, rotated.setting().as_bytes()).map_err(at(&file))?;
        Ok(rotated.versions())
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
        let data = || Data::open(Some(folder.path())).unwrap();
        let setting = || data().vault().unwrap().setting();
        let mode = || fs::metadata(folder.path().join("secret")).unwrap().permissions().mode();
        let first = setting();
        assert_eq!(setting(), first);
        assert_eq!(mode() & 0o777, 0o600);
        assert_eq!(data().rotate(false).unwrap(), [2, 1]);
        assert!(setting().ends_with(&first));
        assert_eq!(data().rotate(true).unwrap(), [2]);
        assert_eq!(mode() & 0o777, 0o600);
    }

    #[test]
    fn two_can_not_have_one_folder() {
        let folder = tempfile::tempdir().unwrap();
        let _first = Data::open(Some(folder.path())).unwrap();
        assert!(matches!(Data::open(Some(folder.path())), Err(DataError::InUse(_))));
    }
}
