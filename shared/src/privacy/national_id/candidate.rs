//! A number as it is written: its characters, in groups with separators between them.

/// The most characters of any scheme; groups longer than that are another thing.
const MOST: usize = 18;
/// The most groups.
const MOST_GROUPS: usize = 8;

/// Letters (in upper case) and digits, grouped.
#[derive(Clone, Copy)]
pub(super) struct Candidate {
    chars: [u8; MOST],
    len: usize,
    groups: [u8; MOST_GROUPS],
    separators: [u8; MOST_GROUPS],
    ends: [usize; MOST_GROUPS],
    n_groups: usize,
}

impl Candidate {
    /// What begins at `start`, as far as a number could go on.
    pub(super) fn read(bytes: &[u8], start: usize) -> Self {
        let mut read = Self {
            chars: [0; MOST],
            len: 0,
            groups: [0; MOST_GROUPS],
            separators: [0; MOST_GROUPS],
            ends: [0; MOST_GROUPS],
            n_groups: 0,
        };
        let mut at = start;
        while read.n_groups < MOST_GROUPS {
            let from = at;
            while read.len < MOST && bytes.get(at).is_some_and(u8::is_ascii_alphanumeric) {
                read.chars[read.len] = bytes[at].to_ascii_uppercase();
                (read.len, at) = (read.len + 1, at + 1);
            }
            if at == from || bytes.get(at).is_some_and(u8::is_ascii_alphanumeric) {
                break;
            }
            #[expect(clippy::cast_possible_truncation, reason = "at most MOST")]
            let group = (at - from) as u8;
            read.groups[read.n_groups] = group;
            read.ends[read.n_groups] = at;
            let (separator, len) = match bytes.get(at..) {
                Some([mark @ (b' ' | b'-' | b'.' | b'/' | b'+'), ..]) => (*mark, 1),
                Some([0xC2, 0xA0, ..]) => (b' ', 2),
                _ => (0, 0),
            };
            read.separators[read.n_groups] = separator;
            read.n_groups += 1;
            if len == 0 {
                break;
            }
            at += len;
        }
        read
    }

    /// The first groups, from all of them down to one, and where they end.
    pub(super) fn prefixes(self) -> impl Iterator<Item = (Self, usize)> {
        (1..=self.n_groups).rev().map(move |n_groups| {
            let mut prefix = self;
            prefix.n_groups = n_groups;
            prefix.len = self.groups[..n_groups].iter().map(|len| usize::from(*len)).sum();
            (prefix, self.ends[n_groups - 1])
        })
    }

    pub(super) fn chars(&self) -> &[u8] {
        &self.chars[..self.len]
    }

    pub(super) fn digits(&self) -> usize {
        self.chars().iter().filter(|c| c.is_ascii_digit()).count()
    }

    /// The lengths of the groups.
    pub(super) fn groups(&self) -> &[u8] {
        &self.groups[..self.n_groups]
    }

    /// What stands between the groups.
    pub(super) fn separators(&self) -> &[u8] {
        &self.separators[..self.n_groups.saturating_sub(1)]
    }

    /// Whether the same separator, if any, stands between all groups.
    pub(super) fn is_even(&self) -> bool {
        self.separators().windows(2).all(|pair| pair[0] == pair[1])
    }

    /// Whether it looks like the number of a document: seven characters and more, most of them
    /// digits, some in each group but that of one letter. A date is none.
    pub(super) fn could_be_named(&self) -> bool {
        let mut from = 0;
        let fits = self.groups().iter().all(|len| {
            let group = &self.chars[from..from + usize::from(*len)];
            let is_first = from == 0;
            from += usize::from(*len);
            (group.len() == 1 && !is_first) || group.iter().any(u8::is_ascii_digit)
        });
        let date = matches!(self.groups(), [4, 2, 2] | [2, 2, 4]);
        fits && self.len >= 7 && self.digits() >= 5 && !date
    }
}
