//! What the MPEG family shares: start codes, variable length codes, vectors as differences, inverse quantisation, and the
//! two reference pictures with the order of presentation that follows from them.
//!
//! Editions: MPEG-1 is ISO/IEC 11172-2:1993, MPEG-2 is ISO/IEC 13818-2:2000 (ITU-T H.262, 02/2000), MPEG-4 is
//! ISO/IEC 14496-2:2004, H.263 is ITU-T H.263 (01/2005), baseline.

pub mod division;
pub mod motion;
pub mod output;
pub mod quantiser;
pub mod references;
pub mod scout;
pub mod tables;
pub mod totals;
pub mod units;
pub mod vlc;
