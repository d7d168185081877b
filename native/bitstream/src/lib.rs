//! What the codec crates share: errors, bit readers, NAL framing, the CABAC engine of H.264 and HEVC,
//! and the records that every codec emits.
//!
//! Editions, for every crate of the workspace: H.264 is ITU-T H.264 (08/2021), HEVC is ITU-T H.265 (08/2021),
//! AV1 is the AV1 Bitstream & Decoding Process Specification 1.0.0 with errata 1, VP9 is the VP9 Bitstream & Decoding
//! Process Specification 0.6.

pub mod bits;
pub mod butterflies;
pub mod cabac;
pub mod codec;
pub mod division;
pub mod error;
pub mod information;
pub mod nal;
pub mod nal_reader;
pub mod nal_record;
pub mod nal_survey;
pub mod order;
pub mod plane;
pub mod poc;
pub mod pool;
pub mod presentation;
pub mod qp;
pub mod quantisers;
pub mod reader;
pub mod records;
pub mod sei;
pub mod start_codes;
pub mod survey;
pub mod syntax;
pub mod tally;
pub mod vui;

pub use bits::BitReader;
pub use codec::{Codec, Resemblance};
pub use error::{ErrorKind, ParseError, Result};
pub use information::Information;
pub use plane::{Plane, PlanePosition};
pub use poc::{Poc, PocDiff};
pub use qp::QpPrime;
pub use reader::{Errors, Event, Options, Packet, Reader, Times, Wanted};
