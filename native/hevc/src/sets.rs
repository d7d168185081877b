//! The parameter sets that have come, and those that a picture activates (7.4.2.4.2).

use std::sync::Arc;

use codecorpus_bitstream::sei::vui_of_messages;
use codecorpus_bitstream::{BitReader, ParseError, Result};

use crate::headers::pps::Pps;
use crate::headers::sps::Sps;
use crate::headers::tiles::TileScan;
use crate::headers::vui::Vui;
use crate::picture::ActiveSets;

#[derive(Debug, Clone)]
pub(crate) struct ParameterSets {
    sps: [Option<Arc<Sps>>; 16],
    pps: [Option<Arc<Pps>>; 64],
    /// The sets of the last picture.
    active: Option<ActiveSets>,
    /// The sequence parameter set that a slice segment or a buffering period named last, for who asks for headers.
    named: Option<u8>,
}

/// What was active or named last does not matter.
impl PartialEq for ParameterSets {
    fn eq(&self, other: &Self) -> bool {
        self.sps == other.sps && self.pps == other.pps
    }
}

impl Default for ParameterSets {
    fn default() -> Self {
        Self { sps: [const { None }; 16], pps: [const { None }; 64], active: None, named: None }
    }
}

impl ParameterSets {
    /// Reads a sequence parameter set; `bits` stand behind the header of its unit.
    ///
    /// # Errors
    /// It breaks the standard, or has what is not read. With `skips_damage`, one that takes another's place has to end where
    /// it should.
    pub(crate) fn read_sps(&mut self, bits: &mut BitReader<'_>, skips_damage: bool) -> Result<()> {
        let sps = Sps::read(bits, 0).map_err(|error| error.at_bit(bits.position() as u64))?;
        let slot = self.sps.get_mut(usize::from(sps.id));
        put(slot, sps, bits, skips_damage)
    }

    /// Reads a picture parameter set, as [`ParameterSets::read_sps`] does.
    ///
    /// # Errors
    /// As [`ParameterSets::read_sps`].
    pub(crate) fn read_pps(&mut self, bits: &mut BitReader<'_>, skips_damage: bool) -> Result<()> {
        let pps = Pps::read(bits).map_err(|error| error.at_bit(bits.position() as u64))?;
        let slot = self.pps.get_mut(usize::from(pps.id));
        put(slot, pps, bits, skips_damage)
    }

    /// Whether the sets that a slice segment refers to are there.
    pub(crate) fn has(&self, pps_id: u8) -> bool {
        let pps = self.pps.get(usize::from(pps_id)).and_then(Option::as_ref);
        pps.is_some_and(|pps| self.sps.get(usize::from(pps.sps_id)).is_some_and(Option::is_some))
    }

    /// The VUI that SEI messages are read with: of the sequence parameter set of the number, which is the active one from now on,
    /// or of the active one; where none is yet, of the only one.
    ///
    /// # Errors
    /// There is no such set, or it has no VUI that could be read.
    pub(crate) fn vui_of_messages(&mut self, id: Option<u8>) -> Result<&Vui> {
        self.named = id.or(self.named);
        vui_of_messages(&self.sps, self.named, "sps_seq_parameter_set_id", |sps| sps.vui.as_ref())
    }

    /// The sets of the last picture.
    pub(crate) fn active(&self) -> Option<&ActiveSets> {
        self.active.as_ref()
    }

    /// The parameter sets that a slice segment refers to.
    ///
    /// # Errors
    /// They are not there, or do not go together.
    pub(crate) fn activate(&mut self, pps_id: u8) -> Result<ActiveSets> {
        let missing = |element| ParseError::malformed(element, "no such parameter set was received");
        let pps = self.pps.get(usize::from(pps_id)).and_then(Option::as_ref);
        let pps = pps.ok_or_else(|| missing("slice_pic_parameter_set_id"))?;
        self.named = Some(pps.sps_id);
        let sps = self.sps.get(usize::from(pps.sps_id)).and_then(Option::as_ref);
        let sps = sps.ok_or_else(|| missing("pps_seq_parameter_set_id"))?;
        if let Some(active) = self.active.as_ref().filter(|a| Arc::ptr_eq(&a.sps, sps) && Arc::ptr_eq(&a.pps, pps)) {
            return Ok(active.clone());
        }
        let scan = Arc::new(TileScan::new(sps, pps)?);
        let sets = ActiveSets { sps: sps.clone(), pps: pps.clone(), scan };
        self.active = Some(sets.clone());
        Ok(sets)
    }
}

fn put<T: PartialEq>(slot: Option<&mut Option<Arc<T>>>, set: T, bits: &BitReader<'_>, skips_damage: bool) -> Result<()> {
    if let Some(slot) = slot
        && slot.as_deref() != Some(&set)
    {
        if slot.is_some() && skips_damage {
            check_end(bits)?;
        }
        *slot = Some(Arc::new(set));
    }
    Ok(())
}

/// Whether a parameter set has been read to its end, which is asked where damage is to be passed over: anything may look
/// like a set, and take the place of a good one.
fn check_end(bits: &BitReader<'_>) -> Result<()> {
    if bits.last_one_bit() == Some(bits.position()) {
        return Ok(());
    }
    Err(ParseError::malformed("rbsp_trailing_bits", "the parameter set does not end there").at_bit(bits.position() as u64))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use codecorpus_bitstream::nal::Rbsp;

    /// Parameter sets of 64x64 luma samples: `-f lavfi -i testsrc=s=64x64 -pix_fmt yuv420p -c:v libx265`.
    pub(crate) const SPS: &[u8] = &[
        0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x1e, 0xa0, 0x20,
        0x81, 0x05, 0x96, 0x56, 0x69, 0x24, 0xca, 0xf0, 0x16, 0x80, 0x80, 0x00, 0x00, 0x03, 0x00, 0x80, 0x00, 0x00, 0x0c, 0x84,
    ];
    pub(crate) const PPS: &[u8] = &[0x44, 0x01, 0xc1, 0x72, 0xb4, 0x22, 0x40];

    #[test]
    fn sets_are_taken_and_a_slice_without_its_own_is_refused_by_name() {
        let mut sets = ParameterSets::default();
        let mut rbsp = Rbsp::default();
        rbsp.unescape(SPS);
        sets.read_sps(&mut BitReader::new(&rbsp.data[2..]), false).unwrap();
        rbsp.unescape(PPS);
        sets.read_pps(&mut BitReader::new(&rbsp.data[2..]), false).unwrap();
        let sps = sets.activate(0).unwrap().sps;
        assert_eq!((sps.width, sps.height, sps.sizes.ctb_log2), (64, 64, 6));
        assert_eq!(sets.activate(9).unwrap_err().element, "slice_pic_parameter_set_id");
    }

    /// In other profiles extensions may stand behind it that pictures depend on.
    #[test]
    fn a_vui_that_breaks_off_costs_no_picture_of_a_main_profile() {
        let mut rbsp = Rbsp::default();
        rbsp.unescape(&SPS[..SPS.len() - 3]);
        let mut sets = ParameterSets::default();
        sets.read_sps(&mut BitReader::new(&rbsp.data[2..]), true).unwrap();
        let sps = sets.sps[0].as_ref().unwrap();
        assert_eq!((sps.width, sps.height, &sps.vui), (64, 64, &None));
        const GENERAL_PROFILE_IDC: usize = 3;
        const RANGE_EXTENSIONS: u8 = 4;
        rbsp.data[GENERAL_PROFILE_IDC] = RANGE_EXTENSIONS;
        assert!(sets.read_sps(&mut BitReader::new(&rbsp.data[2..]), true).is_err());
    }
}
