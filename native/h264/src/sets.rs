//! The parameter sets that have come, and those that a slice activates (7.4.1.2.1).

use std::sync::Arc;

use codecorpus_bitstream::sei::vui_of_messages;
use codecorpus_bitstream::{BitReader, ParseError, Result, syntax};

use crate::headers::vui::Vui;
use crate::headers::{NalHeader, Pps, Sps};

#[derive(Debug, Clone)]
pub(crate) struct ParameterSets {
    sps: [Option<Arc<Sps>>; 32],
    /// Picture parameter sets as they came: they can be read only with the sequence parameter set that they name.
    pps: Vec<Option<PpsUnit>>,
    /// The sequence parameter set that a slice or a buffering period named last, for who asks for headers.
    named: Option<u8>,
}

#[derive(Debug, Clone)]
struct PpsUnit {
    data: Vec<u8>,
    read: Option<(Arc<Sps>, Arc<Pps>)>,
}

impl PpsUnit {
    fn read_with(&self, sps: &Sps) -> Result<Arc<Pps>> {
        let mut reader = BitReader::of(&self.data, "pic_parameter_set_rbsp");
        NalHeader::read(&mut reader)?;
        Ok(Arc::new(Pps::read(&mut reader, sps)?))
    }
}

impl PartialEq for PpsUnit {
    fn eq(&self, other: &Self) -> bool {
        self.data == other.data
    }
}

/// What was named last does not matter.
impl PartialEq for ParameterSets {
    fn eq(&self, other: &Self) -> bool {
        self.sps == other.sps && self.pps == other.pps
    }
}

impl Default for ParameterSets {
    fn default() -> Self {
        Self { sps: [const { None }; 32], pps: (0..256).map(|_| None).collect(), named: None }
    }
}

impl ParameterSets {
    /// Reads a sequence parameter set.
    ///
    /// # Errors
    /// It breaks the standard, or has what is not read.
    pub(crate) fn read_sps(&mut self, reader: &mut BitReader<'_>) -> Result<()> {
        let sps = Sps::read(reader)?;
        let slot = &mut self.sps[usize::from(sps.seq_parameter_set_id & 31)];
        if slot.as_deref() != Some(&sps) {
            *slot = Some(Arc::new(sps));
        }
        Ok(())
    }

    /// Keeps a picture parameter set; `reader` stands behind the header of its unit. It is read where a slice names it, or at
    /// once, as far as that can be, where headers are recorded.
    ///
    /// # Errors
    /// Its numbers cannot be read.
    pub(crate) fn keep_pps(&mut self, mut reader: BitReader<'_>, rbsp: &[u8]) -> Result<()> {
        let (id, sps_id) = Pps::read_ids(&mut reader)?;
        let slot = &mut self.pps[usize::from(id)];
        if slot.as_ref().is_none_or(|unit| unit.data != rbsp) {
            *slot = Some(PpsUnit { data: rbsp.to_vec(), read: None });
        }
        if let (true, Some(unit), Some(sps)) = (syntax::is_recording(), slot, &self.sps[usize::from(sps_id & 31)]) {
            match unit.read_with(sps) {
                Ok(pps) => unit.read = Some((Arc::clone(sps), pps)),
                Err(error) => syntax::fail(&error),
            }
        }
        Ok(())
    }

    /// The VUI that SEI messages are read with: of the sequence parameter set of the number, which is the active one from now on,
    /// or of the active one; where none is yet, of the only one.
    ///
    /// # Errors
    /// There is no such set, or it has no VUI that could be read.
    pub(crate) fn vui_of_messages(&mut self, id: Option<u8>) -> Result<&Vui> {
        self.named = id.or(self.named);
        vui_of_messages(&self.sps, self.named, "seq_parameter_set_id", |sps| sps.vui.as_ref())
    }

    /// The parameter sets that a slice names. None where the stream is cut open and no set has come yet.
    ///
    /// # Errors
    /// There is no such set, or it breaks the standard.
    pub(crate) fn activate(&mut self, id: u8) -> Result<Option<(Arc<Sps>, Arc<Pps>)>> {
        let Some(unit) = &mut self.pps[usize::from(id)] else {
            if self.pps.iter().all(Option::is_none) {
                return Ok(None);
            }
            return Err(ParseError::malformed("pic_parameter_set_id", format!("there is no picture parameter set {id}")));
        };
        let mut ids = BitReader::new(&unit.data);
        ids.skip(8, "nal_unit_header")?;
        let (_, sps_id) = Pps::read_ids(&mut ids)?;
        self.named = Some(sps_id);
        let Some(sps) = &self.sps[usize::from(sps_id & 31)] else {
            if self.sps.iter().all(Option::is_none) {
                return Ok(None);
            }
            return Err(ParseError::malformed("seq_parameter_set_id", format!("there is no sequence parameter set {sps_id}")));
        };
        if let Some((read_sps, pps)) = &unit.read
            && Arc::ptr_eq(read_sps, sps)
        {
            return Ok(Some((Arc::clone(sps), Arc::clone(pps))));
        }
        let pps = unit.read_with(sps)?;
        unit.read = Some((Arc::clone(sps), Arc::clone(&pps)));
        Ok(Some((Arc::clone(sps), pps)))
    }
}
