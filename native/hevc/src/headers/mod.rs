//! Parameter sets and slice segment headers (clause 7.3), one file a structure.

pub(crate) mod hrd;
pub(crate) mod nal;
pub(crate) mod pps;
pub(crate) mod profile;
pub(crate) mod rps;
pub(crate) mod scaling_list;
pub(crate) mod sei;
pub(crate) mod sei_layers;
pub(crate) mod sei_payloads;
pub(crate) mod slice;
pub(crate) mod sps;
pub(crate) mod tiles;
pub(crate) mod vps;
pub(crate) mod vps_extension;
pub(crate) mod vps_layers;
pub(crate) mod vps_vui;
pub(crate) mod vui;
pub(crate) mod weights;
#[cfg(test)]
mod written;
