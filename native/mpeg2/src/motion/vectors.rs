//! motion_vectors( s ): 6.2.5.2, and how vectors are predicted, 7.6.3.1 to 7.6.3.3.

use codecorpus_bitstream::{ParseError, Result};
use codecorpus_mpeg::motion::{Mv, Reach};

use super::{MotionType, Vectors, derive_dual_prime};
use crate::headers::Structure;
use crate::state::SliceReader;

impl SliceReader<'_> {
    /// Reads the vectors of direction `s`.
    pub(crate) fn read_vectors(&mut self, motion_type: MotionType, s: usize, vectors: &mut Vectors) -> Result<()> {
        let in_frame = self.header().structure == Structure::Frame;
        match motion_type {
            MotionType::Frame => {
                self.read_vector(0, s, false, vectors)?;
                self.predictors.pmv[1][s] = self.predictors.pmv[0][s];
            }
            MotionType::Field if !in_frame => {
                vectors.bottom[0][s] = self.bits.flag("motion_vertical_field_select")?;
                self.read_vector(0, s, false, vectors)?;
                self.predictors.pmv[1][s] = self.predictors.pmv[0][s];
            }
            MotionType::Field | MotionType::Halves => {
                for r in 0..2 {
                    vectors.bottom[r][s] = self.bits.flag("motion_vertical_field_select")?;
                    self.read_vector(r, s, in_frame, vectors)?;
                }
            }
            MotionType::DualPrime => {
                let dmvector = self.read_vector_with_dmvector(s, in_frame, vectors)?;
                self.predictors.pmv[1][s] = self.predictors.pmv[0][s];
                let header = self.header();
                vectors.opposite = derive_dual_prime(vectors.mv[0][s], dmvector, header.structure, header.top_field_first);
            }
        }
        Ok(())
    }

    /// motion_vector( r, s ) without dmvector: 6.2.5.2.1. Vertical predictors of fields in frames are in lines of the frame.
    #[inline(always)]
    fn read_vector(&mut self, r: usize, s: usize, field_in_frame: bool, vectors: &mut Vectors) -> Result<()> {
        let horizontal = self.read_component(r, s, 0, false)?;
        let vertical = self.read_component(r, s, 1, field_in_frame)?;
        vectors.mv[r][s] = self.in_half_samples([horizontal, vertical], s);
        Ok(())
    }

    fn read_vector_with_dmvector(&mut self, s: usize, field_in_frame: bool, vectors: &mut Vectors) -> Result<Mv> {
        let horizontal = self.read_component(0, s, 0, false)?;
        let across = self.read_dmvector()?;
        let vertical = self.read_component(0, s, 1, field_in_frame)?;
        let down = self.read_dmvector()?;
        vectors.mv[0][s] = [horizontal, vertical];
        Ok([across, down])
    }

    /// A component of vector'[r][s]; its predictor becomes what it is.
    #[inline(always)]
    fn read_component(&mut self, r: usize, s: usize, t: usize, field_in_frame: bool) -> Result<i32> {
        let f_code = u32::from(self.header().f_code[s][t]);
        if !(1..=9).contains(&f_code) {
            return Err(ParseError::malformed("f_code", format!("{f_code} where a vector is coded")).at_bit(self.position()));
        }
        let reach = Reach::of_16(f_code);
        let difference = reach.read_difference(&mut self.bits, "motion_code")?;
        let predictor = &mut self.predictors.pmv[r][s][t];
        let prediction = if field_in_frame { *predictor >> 1 } else { *predictor };
        let component = reach.wrap(prediction + difference);
        *predictor = if field_in_frame { component * 2 } else { component };
        Ok(component)
    }

    /// dmvector: table B.11.
    fn read_dmvector(&mut self) -> Result<i32> {
        if !self.bits.flag("dmvector")? {
            return Ok(0);
        }
        Ok(if self.bits.flag("dmvector")? { -1 } else { 1 })
    }

    /// MPEG-1 may count whole samples (ISO/IEC 11172-2 clause 2.4.4.2).
    fn in_half_samples(&self, vector: Mv, s: usize) -> Mv {
        if self.header().full_pel[s] { vector.map(|component| component * 2) } else { vector }
    }
}
