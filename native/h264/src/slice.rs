//! One slice of a picture (7.3.3): what its macroblocks are read with, and what it says of its picture.

use std::sync::Arc;

use codecorpus_bitstream::records::{NO_REF, Picture, Sums};
use codecorpus_bitstream::{BitReader, ParseError, Poc, Result, Wanted};

use crate::emit::{ColourPlane, Emitter, Outcome, note_slice};
use crate::entropy::{CabacSyntax, CavlcSyntax};
use crate::headers::slice::SliceHeader;
use crate::headers::{Pps, SliceType};
use crate::motion::implicit_weights_differ;
use crate::neighbours::macroblocks::Macroblocks;
use crate::picture::Decoder;
use crate::refs::OrderCnts;
use crate::refs::lists;
use crate::refs::poc::pic_order_cnt;
use crate::refs::resolved::{REFERENCES, References, colocated, resolve};
use crate::refs::saved_motion::{Motion, SliceRefs};
use crate::slice_groups::macroblock_map;
use crate::state::MacroblockReader;
use crate::state::SliceInputs;

/// The first build of x264 whose contexts of coded_block_flag are the standard's, in 4:4:4 with 8x8 transforms.
const FIRST_STANDARD_BUILD: u32 = 151;

impl Decoder {
    /// Reads a slice of the current picture.
    pub(crate) fn read_slice(&mut self, reader: &BitReader<'_>, pps: &Pps, header: SliceHeader) -> Result<()> {
        let Some(current) = &mut self.current else { return Ok(()) };
        if current.error.is_some() {
            current.header = header;
            return Ok(());
        }
        if current.is_repeated && header.slice_type != SliceType::I {
            let reason = "of the picture before it, which is none of those that it refers to";
            return Err(ParseError::malformed("frame_num", reason));
        }
        let sps = Arc::clone(&current.sps);
        let poc = OrderCnts { picture: pic_order_cnt(header.structure.fields(), current.poc), fields: current.poc };
        let entries = lists::derive(&mut self.dpb, &header, poc.picture, 1 << sps.log2_max_frame_num);
        let references = resolve(&self.dpb, &entries);
        note_slice(&mut current.picture, &header, &references);
        let plane = usize::from(header.colour_plane_id);
        let colocated = colocated(&self.dpb, &entries, plane).filter(|colocated| colocated.is_whole);
        let groups = macroblock_map(&sps, pps, &header);
        let Some(motion) = current.coded.motion.get_mut(plane) else {
            // The sequence parameter set was exchanged inside the picture.
            return Err(ParseError::malformed("colour_plane_id", "the picture is not coded by colour planes"));
        };
        motion.slices.push(ids(&references));
        let index = u16::try_from(motion.slices.len())
            .map_err(|_| ParseError::limit("slice_header", "more than 65535 slices in a picture"))?;
        self.last_slice += 1;
        let inputs = SliceInputs {
            sps: &sps,
            pps,
            header: &header,
            number: self.last_slice,
            first_number: current.coded.first_slice,
            index,
            picture_size: motion.mbs.len() as u32,
            slice_groups: groups.as_deref(),
            references: &references,
            poc,
            colocated,
            coded_orders: coded_orders(&references),
            weighted: weighted_table(pps, &header, &references, poc.picture),
            chroma_array_type: sps.chroma_array_type(),
            early_x264: self.x264_build.is_some_and(|build| build < FIRST_STANDARD_BUILD),
        };
        let begin = Rows::of(&current.picture);
        let mut slice = Slice { reader, mbs: &mut self.mbs[plane], motion, wanted: self.wanted };
        let colour_plane = (plane > 0).then_some(ColourPlane {
            plane: plane as u8,
            first_block: current.coded.first_block,
            sums: current.coded.plane_sums.as_mut_slice(),
        });
        let (mut result, mut outcome) = slice.read(&inputs, &mut current.picture, colour_plane);
        if result.is_err() && self.x264_build.is_none() && inputs.may_be_early_x264() {
            slice.forget(inputs.number);
            begin.restore(&mut current.picture);
            self.last_slice += 1;
            let early = SliceInputs { number: self.last_slice, early_x264: true, ..inputs };
            let (again, of_early) = slice.read(&early, &mut current.picture, None);
            if again.is_ok() {
                self.x264_build = Some(0);
                (result, outcome) = (again, of_early);
            }
        }
        current.missing_reference |= outcome.uses(|list, index| !references[list].get(index - 1).is_some_and(|r| r.is_whole));
        current.coded.read += outcome.blocks;
        current.lack = current.lack.or(outcome.lack);
        outcome.add_to(&mut current.picture);
        current.header = header;
        result
    }
}

/// What the macroblocks of a slice are read with.
struct Slice<'a> {
    /// Behind the slice's header.
    reader: &'a BitReader<'a>,
    mbs: &'a mut Macroblocks,
    motion: &'a mut Motion,
    wanted: Wanted,
}

impl Slice<'_> {
    fn read(
        &mut self,
        inputs: &SliceInputs<'_>,
        picture: &mut Picture,
        colour_plane: Option<ColourPlane<'_>>,
    ) -> (Result<()>, Outcome) {
        let emitter = Emitter { picture, wanted: self.wanted, outcome: Outcome::default(), colour_plane };
        let header = inputs.header;
        let mbaff = header.is_mbaff(inputs.sps);
        if !inputs.pps.entropy_coding_mode_flag {
            let syntax = CavlcSyntax::new(self.reader.clone());
            return if mbaff {
                MacroblockReader::<_, true>::new(inputs, syntax, self.mbs, self.motion, emitter).read_slice()
            } else {
                MacroblockReader::<_, false>::new(inputs, syntax, self.mbs, self.motion, emitter).read_slice()
            };
        }
        let kind = if header.slice_type == SliceType::I { 0 } else { 1 + usize::from(header.cabac_init_idc) };
        let byte = self.reader.position().div_ceil(8);
        let syntax = match CabacSyntax::new(self.reader.data(), byte, kind, header.slice_qp) {
            Ok(syntax) => syntax,
            Err(error) => return (Err(error), Outcome::default()),
        };
        if mbaff {
            MacroblockReader::<_, true>::new(inputs, syntax, self.mbs, self.motion, emitter).read_slice()
        } else {
            MacroblockReader::<_, false>::new(inputs, syntax, self.mbs, self.motion, emitter).read_slice()
        }
    }

    /// The macroblocks of a slice are as if they had not been read.
    fn forget(&mut self, number: u32) {
        self.mbs.slices.iter_mut().filter(|slice| **slice == number).for_each(|slice| *slice = 0);
    }
}

/// How far the rows of a picture go.
struct Rows {
    blocks: usize,
    motion: usize,
    transforms: usize,
    sums: Sums,
}

impl Rows {
    fn of(picture: &Picture) -> Self {
        Self {
            blocks: picture.blocks.len(),
            motion: picture.motion.len(),
            transforms: picture.transforms.len(),
            sums: picture.sums,
        }
    }

    /// Takes away what came behind.
    fn restore(&self, picture: &mut Picture) {
        picture.blocks.truncate(self.blocks);
        picture.motion.truncate(self.motion);
        picture.transforms.truncate(self.transforms);
        picture.sums = self.sums;
    }
}

/// [`SliceInputs::coded_orders`].
fn coded_orders(references: &References) -> [[i32; REFERENCES]; 2] {
    let mut table = [[NO_REF; REFERENCES]; 2];
    for (orders, references) in table.iter_mut().zip(references) {
        orders[1..].iter_mut().zip(references).for_each(|(order, reference)| *order = reference.coded_order);
    }
    table
}

/// [`SliceInputs::weighted`].
fn weighted_table(pps: &Pps, header: &SliceHeader, references: &References, poc: Poc) -> [u64; REFERENCES] {
    let mut table = [0; REFERENCES];
    if let Some(weights) = &header.pred_weights {
        let [in_list0, in_list1] = weights.weighted.map(u64::from);
        for (i, row) in table.iter_mut().enumerate() {
            let by_list0 = in_list0 << 1 >> i & 1 != 0;
            *row = if by_list0 { u64::MAX } else { in_list1 << 1 };
        }
    } else if header.slice_type == SliceType::B && pps.weighted_bipred_idc == 2 {
        let active = |list: usize| references[list].iter().take(header.num_ref_idx_active[list] as usize).enumerate();
        for (i, reference0) in active(0) {
            for (j, reference1) in active(1) {
                let short_term = !reference0.long_term && !reference1.long_term;
                let differ = short_term && implicit_weights_differ(poc, reference0.poc.picture, reference1.poc.picture);
                table[i + 1] |= u64::from(differ) << (j + 1);
            }
        }
    }
    table
}

fn ids(references: &References) -> SliceRefs {
    references.map(|list| list.map(|reference| reference.id))
}
