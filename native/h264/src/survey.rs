//! What H.264 packets tell of themselves (7.3.1, 7.4.1).

use codecorpus_bitstream::nal::Rbsp;
use codecorpus_bitstream::nal_record::Record;
use codecorpus_bitstream::nal_survey::NalPackets;
use codecorpus_bitstream::survey::{BoxedSurvey, Entry, Field, Survey};
use codecorpus_bitstream::{BitReader, Result, sei};
use memchr::memmem;

use crate::headers::Sps;
use crate::headers::nal::unit_type;
use crate::headers::sei::RECOVERY_POINT;

/// uuid_iso_iec_11578 of what x264 says of itself, which decoders read old streams of it by.
const X264: [u8; 16] = [0xdc, 0x45, 0xe9, 0xbd, 0xe6, 0xd9, 0x48, 0xb7, 0x96, 0x2c, 0xd8, 0x20, 0xd9, 0x23, 0xee, 0xef];
/// Of a message, that the UUID is in.
const MESSAGE_BYTES: usize = 32;
/// Of a slice, that its header's first elements are in.
const HEADER_BYTES: usize = 32;

#[derive(Debug)]
struct H264Survey {
    packets: NalPackets,
    slices: Slices,
    rbsp: Rbsp,
}

/// How slices are read: slices name their sequence parameter set by way of others, and all of a stream are alike here.
#[derive(Debug, Default, Clone, Copy)]
struct Slices {
    may_be_fields: bool,
    log2_max_frame_num: u32,
    separate_colour_plane_flag: bool,
}

pub(crate) fn survey(extradata: &[u8]) -> BoxedSurvey {
    let record = Record::avc(extradata);
    let packets = NalPackets::new(extradata, record.as_ref());
    let mut survey = H264Survey { packets, slices: Slices::default(), rbsp: Rbsp::default() };
    match record {
        Some(record) => record.units.into_iter().for_each(|unit| survey.configure(unit)),
        None => NalPackets::new(&[], None).units(extradata).for_each(|unit| survey.configure(unit)),
    }
    Box::new(survey)
}

fn kind(unit: &[u8]) -> u8 {
    unit.first().map_or(0, |first| first & 31)
}

fn is_set(unit: &[u8]) -> bool {
    matches!(kind(unit), unit_type::SPS | unit_type::PPS)
}

impl Survey for H264Survey {
    /// An IDR picture, or a recovery point of exact match.
    fn entry(&mut self, data: &[u8]) -> Option<Entry> {
        let (has_sets, mut is_clean) = (self.packets.has_sets(data, is_set), false);
        for unit in self.packets.units(data) {
            match kind(unit) {
                unit_type::SEI => is_clean |= is_clean_recovery_point(unit, &mut self.rbsp),
                unit_type::IDR => return has_sets.then_some(Entry { knows_leading: true }),
                unit_type::NON_IDR => break,
                _ => {}
            }
        }
        (is_clean && has_sets).then_some(Entry { knows_leading: false })
    }

    fn lacks_picture(&self, data: &[u8]) -> bool {
        let is_slice = |unit| matches!(kind(unit), unit_type::NON_IDR | unit_type::PARTITION_A | unit_type::IDR);
        !self.packets.units(data).any(is_slice)
    }

    fn is_whole(&self, data: &[u8]) -> bool {
        self.packets.is_whole(data)
    }

    /// By slice headers, where a sequence parameter set allows fields.
    fn fields(&mut self, data: &[u8]) -> Vec<Field> {
        let mut found = Vec::new();
        for unit in self.packets.units(data) {
            match kind(unit) {
                unit_type::SPS => self.configure(unit),
                unit_type::NON_IDR | unit_type::IDR if !self.slices.may_be_fields => return vec![Field::FRAME],
                unit_type::NON_IDR | unit_type::IDR => found.push(self.field(unit).unwrap_or(Field::FRAME)),
                _ => {}
            }
        }
        found
    }

    fn in_band(&self, extradata: &[u8]) -> Vec<u8> {
        self.packets.in_band(extradata, Record::avc(extradata))
    }

    fn carried(&self, first: &[u8], _: &[u8]) -> Vec<u8> {
        let is_of_x264 =
            |unit: &&[u8]| kind(unit) == unit_type::SEI && memmem::find(&unit[..unit.len().min(MESSAGE_BYTES)], &X264).is_some();
        self.packets.packed(self.packets.units(first).filter(is_of_x264))
    }
}

impl H264Survey {
    /// Takes what a sequence parameter set says; whoever decodes one that cannot be read will tell.
    fn configure(&mut self, unit: &[u8]) {
        if kind(unit) != unit_type::SPS {
            return;
        }
        self.rbsp.unescape(unit);
        let mut bits = BitReader::new(&self.rbsp.data);
        bits.seek(8);
        if let Ok(sps) = Sps::read(&mut bits) {
            self.slices = Slices {
                may_be_fields: !sps.frame_mbs_only_flag,
                log2_max_frame_num: sps.log2_max_frame_num,
                separate_colour_plane_flag: sps.separate_colour_plane_flag,
            };
        }
    }

    /// slice_header( ) (7.3.3), as far as it tells of fields.
    fn field(&mut self, unit: &[u8]) -> Result<Field> {
        let Slices { log2_max_frame_num, separate_colour_plane_flag, .. } = self.slices;
        self.rbsp.unescape(&unit[..unit.len().min(HEADER_BYTES)]);
        let mut bits = BitReader::new(&self.rbsp.data);
        bits.skip(1, "forbidden_zero_bit")?;
        let is_reference = bits.u(2, "nal_ref_idc")? != 0;
        let is_idr = bits.u(5, "nal_unit_type")? == u32::from(unit_type::IDR);
        for element in ["first_mb_in_slice", "slice_type", "pic_parameter_set_id"] {
            bits.ue(element)?;
        }
        bits.u(2 * u32::from(separate_colour_plane_flag), "colour_plane_id")?;
        let frame_num = bits.u(log2_max_frame_num, "frame_num")?;
        let field_pic_flag = bits.flag("field_pic_flag")?;
        let structure = if field_pic_flag { 1 + u8::from(bits.flag("bottom_field_flag")?) } else { Field::FRAME.structure };
        Ok(Field { structure, pair: (frame_num, is_reference), can_be_second: !is_idr })
    }
}

/// Whether decoding can begin at the first recovery point of a unit: recovery_frame_cnt is 0 and exact_match_flag 1 (D.2.8).
/// What is refreshed over more frames is not right: pictures of x264's differ after them.
fn is_clean_recovery_point(unit: &[u8], rbsp: &mut Rbsp) -> bool {
    rbsp.unescape(unit);
    let mut bits = BitReader::new(&rbsp.data);
    bits.seek(8);
    let first = sei::messages(bits).find(|&(payload_type, _)| payload_type == RECOVERY_POINT);
    first.and_then(|(_, payload)| payload.first()).is_some_and(|byte| byte >> 6 == 0b11)
}
