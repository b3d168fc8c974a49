//! Bytes in place of what the queue and the tables hold: read or refused, never a panic; what was
//! read and written is read again the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tocsin_domain::{
    agent::AgentDay, cells::HourCells, chunk::Chunk, conversation::Conversation,
    customer::Customer, minute::Hour, sums::Sums,
};

fuzz_target!(|input: &[u8]| {
    let Some((shape, bytes)) = input.split_first() else { return };
    match shape % 6 {
        0 => {
            let Ok(chunk) = Chunk::decode(bytes) else { return };
            let written = chunk.encode();
            let again = Chunk::decode(&written).expect("is read back");
            assert_eq!(again.encode(), written);
            let _ = chunk.halves();
        }
        1 => {
            let Ok(mut conversation) = Conversation::decode([bytes]) else { return };
            let _ = (conversation.len(), conversation.last_time(), conversation.encode());
        }
        2 => {
            let Ok(customer) = Customer::decode(bytes) else { return };
            assert_eq!(Customer::decode(&customer.encode()).expect("is read back"), customer);
        }
        3 => {
            let Ok(sums) = Sums::decode(bytes) else { return };
            // What no encoder wrote is in order from the second time on.
            let once = Sums::decode(&sums.encode()).expect("is read back");
            let twice = Sums::decode(&once.encode()).expect("is read back");
            assert_eq!(once.encode(), twice.encode());
            let _ = (sums.range(), sums.iter().count());
        }
        4 => {
            let Ok(cells) = HourCells::decode(bytes) else { return };
            let _ = cells.iter(Hour(0)).count();
        }
        _ => {
            let Ok(day) = AgentDay::decode(bytes) else { return };
            let _ = (day.states().count(), day.encode());
        }
    }
});
