//! Where a page begins, as text that can stand in an address.
//!
//! A cursor is a place in a list and a keyed hash of the place together with the list, its order, its filters and who
//! looks. So one that was made for another list, or by somebody else, is known as such, and nothing need be kept.

use super::list_entries::ListRequest;
use crate::ports::{Listed, Place, Rank, Sight, SortColumn as _, Tagger};
use backstop_domain::Timestamp;
use core::fmt::Write as _;
use uuid::Uuid;

/// A place to go on from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// Towards the beginning of the list.
    pub(super) back: bool,
    pub(super) place: Place,
}

const PROOF: usize = 16;
const ALIKE: u8 = 0;
const TIME: u8 = 1;
const TEXT: u8 = 2;

impl Cursor {
    pub(super) fn seal<L: Listed>(&self, tagger: &dyn Tagger, request: &ListRequest<L>, sight: Sight) -> String {
        let place = self.bytes();
        let proof = proof(tagger, request, sight, &place);
        hex(&[&proof[..PROOF], &place].concat())
    }

    /// `None` when it was not made for this list in this order, with these filters, for this viewer.
    pub(super) fn open<L: Listed>(
        text: &str,
        tagger: &dyn Tagger,
        request: &ListRequest<L>,
        sight: Sight,
    ) -> Option<Self> {
        let bytes = unhex(text)?;
        let (proved, place) = bytes.split_at_checked(PROOF)?;
        (proof(tagger, request, sight, place)[..PROOF] == *proved).then_some(())?;
        Self::read(place)
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![u8::from(self.back)];
        bytes.extend(self.place.id.as_bytes());
        match &self.place.rank {
            Rank::Alike => bytes.push(ALIKE),
            Rank::Time(time) => {
                bytes.push(TIME);
                bytes.extend(time.as_microsecond().to_be_bytes());
            }
            Rank::Text(text) => {
                bytes.push(TEXT);
                bytes.extend(text.as_bytes());
            }
        }
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (back, rest) = bytes.split_first()?;
        let (id, rest) = rest.split_at_checked(16)?;
        let (kind, value) = rest.split_first()?;
        let rank = match *kind {
            ALIKE => Rank::Alike,
            TIME => Rank::Time(Timestamp::from_microsecond(i64::from_be_bytes(value.try_into().ok()?)).ok()?),
            TEXT => Rank::Text(String::from_utf8(value.to_vec()).ok()?),
            _ => return None,
        };
        Some(Self { back: *back == 1, place: Place { rank, id: Uuid::from_slice(id).ok()? } })
    }
}

/// Filters are named by how they are shown for debugging: no field of them can be forgotten there.
fn proof<L: Listed>(tagger: &dyn Tagger, request: &ListRequest<L>, sight: Sight, place: &[u8]) -> [u8; 32] {
    let ListRequest { filter, sort, direction, .. } = request;
    let (list, sort) = (L::NAME, sort.as_str());
    tagger.fingerprint(&format!("cursor\n{list}\n{sort}\n{direction:?}\n{sight:?}\n{filter:?}\n{}", hex(place)))
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string never fails.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| if let [high, low] = pair { Some(digit(*high)? << 4 | digit(*low)?) } else { None }).collect()
}
