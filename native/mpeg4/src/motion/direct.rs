//! Direct mode: vectors of the future reference's macroblock at the same place, scaled by distances in time
//! (7.6.9.5 and 7.7.2.2).

use codecorpus_bitstream::{ParseError, Result};
use codecorpus_mpeg::motion::Mv;

use super::Prediction;
use crate::refs::{Distances, FieldMotion, MotionKind, MotionMb, wide};
use crate::state::VopReader;

impl VopReader<'_> {
    /// The vectors of a macroblock in direct mode (7.6.9.5), with the difference that was coded.
    pub(crate) fn derive_direct(&mut self, difference: Mv) -> Result<Prediction> {
        let address = self.address as usize;
        let distances = self.distances.unwrap_or_default();
        let colocated = self.colocated.and_then(|motion| motion.mbs.get(address)).copied().unwrap_or_default();
        let MotionMb { mv, kind } = colocated;
        match kind {
            MotionKind::Intra => Ok(Prediction::Whole(self.scale([0; 2], difference, distances.frame)?)),
            MotionKind::NotCoded | MotionKind::Whole => {
                Ok(Prediction::Whole(self.scale(wide(mv[0]), difference, distances.frame)?))
            }
            MotionKind::Quarters => {
                let mut quarters = [[[0; 2]; 2]; 4];
                for (quarter, mv) in quarters.iter_mut().zip(mv) {
                    *quarter = self.scale(wide(mv), difference, distances.frame)?;
                }
                Ok(Prediction::Quarters(quarters))
            }
            MotionKind::Fields => {
                let fields = self.colocated.and_then(|motion| motion.fields.get(address)).copied().unwrap_or_default();
                let [top, bottom] = [0, 1].map(|field| {
                    let of_field = self.field_distances(distances, &fields, field);
                    self.scale(wide(fields.mv[field]), difference, of_field)
                });
                Ok(Prediction::Fields([top?, bottom?]))
            }
        }
    }

    /// TRB and TRD of a field: they depend on the parity that the co-located field refers to (table 7-15).
    fn field_distances(&self, distances: Distances, fields: &FieldMotion, field: usize) -> [i32; 2] {
        let later = field as i32 - i32::from(fields.bottom[field]);
        let delta = if self.vop.top_field_first { later } else { -later };
        distances.field.map(|distance| distance + delta)
    }

    /// MVF and MVB of a vector (7.6.9.5.2); divisions are towards zero. Where distances are not known, neither are they, but of
    /// no motion.
    fn scale(&mut self, mv: Mv, difference: Mv, [trb, trd]: [i32; 2]) -> Result<[Mv; 2]> {
        if mv == [0; 2] {
            return Ok([difference, difference]);
        }
        if self.distances.is_none() {
            self.out.outcome.lacks_distances = true;
            return Ok([difference, difference]);
        }
        if trd <= 0 {
            let reason = "a B-VOP does not lie between its references";
            return Err(ParseError::malformed("vop_time_increment", reason));
        }
        let forward = [0, 1].map(|t| divide(mv[t], trb, trd) + difference[t]);
        let backward = [0, 1].map(|t| if difference[t] == 0 { divide(mv[t], trb - trd, trd) } else { forward[t] - mv[t] });
        Ok([forward, backward])
    }
}

/// A vector's component times a distance over another one.
const fn divide(component: i32, by: i32, over: i32) -> i32 {
    (component as i64 * by as i64 / over as i64) as i32
}
