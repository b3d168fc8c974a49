//! Names of messages and of receives.

use std::{fmt, str::FromStr};

use super::QueueError;

/// One receive of one message: the row, and how many receipts were issued for it until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Receipt {
    pub(super) id: i64,
    pub(super) serial: i64,
}

impl Receipt {
    pub(super) fn parse(handle: &str) -> Result<Self, QueueError> {
        handle
            .split_once('-')
            .and_then(|(id, serial)| {
                Some(Self { id: i64::from_str(id).ok()?, serial: i64::from_str(serial).ok()? })
            })
            .ok_or_else(|| QueueError::InvalidReceipt(handle.to_owned()))
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.id, self.serial)
    }
}

/// A UUID (version 7) from the time of a row and its number: unique without randomness, also among
/// databases in memory, which all number from one.
pub(crate) fn message_id(at_ms: i64, row: i64) -> String {
    let (high, low) = ((at_ms >> 16) & 0xffff_ffff, at_ms & 0xffff);
    format!("{high:08x}-{low:04x}-7000-8000-{:012x}", row & 0xffff_ffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_survives_its_text() {
        let receipt = Receipt { id: 42, serial: 7 };
        assert_eq!(Receipt::parse(&receipt.to_string()).unwrap(), receipt);
        for wrong in ["", "42", "42-", "-7", "a-b", "1-2-3"] {
            assert!(matches!(Receipt::parse(wrong), Err(QueueError::InvalidReceipt(_))), "{wrong}");
        }
    }

    #[test]
    fn a_message_id_has_the_shape_of_a_uuid() {
        assert_eq!(message_id(1_772_000_000_123, 255), "019c936e-387b-7000-8000-0000000000ff");
    }
}
