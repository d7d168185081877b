//! The blocks of a macroblock: 6.2.6, 7.2 and 7.4.

pub(crate) mod coded;
mod coefficients;
pub(crate) mod weights;

use codecorpus_bitstream::Result;
use codecorpus_mpeg::vlc::Table;

use crate::emit::TransformBlock;
use crate::state::SliceReader;
use crate::tables::{CODED_BLOCK_PATTERNS, DC_SIZES_CHROMA, DC_SIZES_LUMA};
use coded::{PlaneSum, Residual, place};

static CODED_BLOCK_PATTERN: Table<512, 0> = Table::of_words(&CODED_BLOCK_PATTERNS);
static DC_SIZE_LUMA: Table<512, 0> = Table::of_words(&DC_SIZES_LUMA);
static DC_SIZE_CHROMA: Table<1024, 0> = Table::of_words(&DC_SIZES_CHROMA);

impl SliceReader<'_> {
    /// coded_block_pattern( ): 6.2.5.3. pattern_code\[i\] is bit block_count - 1 - i.
    pub(crate) fn read_coded_block_pattern(&mut self) -> Result<u32> {
        let at = self.position();
        let pattern = CODED_BLOCK_PATTERN.read(&mut self.bits, "coded_block_pattern_420")?;
        let more = self.chroma_format().block_count() as u32 - 6;
        if pattern == 0 && more == 0 {
            return Err(codecorpus_bitstream::ParseError::malformed("coded_block_pattern_420", "no block is coded").at_bit(at));
        }
        Ok(pattern << more | self.bits.u(more, "coded_block_pattern_1")?)
    }

    /// The blocks that `pattern` says are coded.
    pub(crate) fn read_blocks(&mut self, pattern: u32, intra: bool, dct_field: bool) -> Result<Residual> {
        let mut residual = Residual::default();
        let mut left = pattern << (32 - self.chroma_format().block_count());
        while left != 0 {
            let block = left.leading_zeros() as usize;
            left ^= 1 << 31 >> block;
            let begin = self.bits.position();
            let plane = if intra { self.read_intra_block(block)? } else { self.read_non_intra_block(block)? };
            let sum = &mut residual.planes[usize::from(block >= 4)];
            sum.coefs += plane.coefs;
            sum.energy += plane.energy;
            if self.out.wanted.transforms {
                let bits = (self.bits.position() - begin) as u32;
                let transform = TransformBlock { place: place(block, self.chroma_format()), dct_field, plane, bits };
                self.out.transform([self.column, self.row], &transform);
            }
        }
        Ok(residual)
    }

    fn read_intra_block(&mut self, block: usize) -> Result<PlaneSum> {
        let size = if block < 4 { &DC_SIZE_LUMA } else { return self.read_intra_chroma_block() }
            .read(&mut self.bits, "dct_dc_size_luminance")?;
        self.bits.skip(size as usize, "dct_dc_differential")?;
        self.read_intra_coefficients(false)
    }

    fn read_intra_chroma_block(&mut self) -> Result<PlaneSum> {
        let size = DC_SIZE_CHROMA.read(&mut self.bits, "dct_dc_size_chrominance")?;
        self.bits.skip(size as usize, "dct_dc_differential")?;
        self.read_intra_coefficients(true)
    }

    /// All but the DC coefficient of an intra block, of which pictures of type D have none.
    fn read_intra_coefficients(&mut self, chroma: bool) -> Result<PlaneSum> {
        match (self.picture.sequence.mpeg1, self.header().intra_vlc_format) {
            _ if self.is_d() => Ok(PlaneSum::default()),
            (true, _) => self.read_coefficients::<true, true, false>(chroma),
            (false, false) => self.read_coefficients::<false, true, false>(chroma),
            (false, true) => self.read_coefficients::<false, true, true>(chroma),
        }
    }

    fn read_non_intra_block(&mut self, block: usize) -> Result<PlaneSum> {
        if self.picture.sequence.mpeg1 {
            self.read_coefficients::<true, false, false>(block >= 4)
        } else {
            self.read_coefficients::<false, false, false>(block >= 4)
        }
    }
}
