//! Direct mode: vectors of the future reference's macroblock at the same place, scaled by distances in time
//! (7.6.9.5 and 7.7.2.2).

use codecorpus_mpeg::motion::Mv;

use super::Prediction;
use crate::refs::{Distances, FieldMotion, MotionKind, MotionMb, wide};
use crate::state::VopReader;

impl VopReader<'_> {
    /// The vectors of a macroblock in direct mode (7.6.9.5), with the difference that was coded.
    pub(crate) fn derive_direct(&mut self, difference: Mv) -> Prediction {
        let address = self.address as usize;
        let distances = self.distances.unwrap_or_default();
        let colocated = self.colocated.and_then(|motion| motion.mbs.get(address)).copied().unwrap_or_default();
        let MotionMb { mv, kind } = colocated;
        match kind {
            MotionKind::Intra => Prediction::Whole(self.scale([0; 2], difference, distances.frame)),
            MotionKind::NotCoded | MotionKind::Whole => Prediction::Whole(self.scale(wide(mv[0]), difference, distances.frame)),
            MotionKind::Quarters => Prediction::Quarters(mv.map(|mv| self.scale(wide(mv), difference, distances.frame))),
            MotionKind::Fields => {
                let fields = self.colocated.and_then(|motion| motion.fields.get(address)).copied().unwrap_or_default();
                Prediction::Fields([0, 1].map(|field| {
                    let of_field = self.field_distances(distances, &fields, field);
                    self.scale(wide(fields.mv[field]), difference, of_field)
                }))
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
    /// no motion; nor where the references do not follow each other. That fields of them do not is no damage: no VOP is shown
    /// between them.
    fn scale(&mut self, mv: Mv, difference: Mv, [trb, trd]: [i32; 2]) -> [Mv; 2] {
        if mv == [0; 2] {
            return [difference; 2];
        }
        if self.distances.is_none() || trd <= 0 {
            self.out.outcome.lacks_distances |= self.distances.is_none() || !self.vol.interlaced;
            return [difference; 2];
        }
        let forward = [0, 1].map(|t| divide(mv[t], trb, trd) + difference[t]);
        let backward = [0, 1].map(|t| if difference[t] == 0 { divide(mv[t], trb - trd, trd) } else { forward[t] - mv[t] });
        [forward, backward]
    }
}

/// A vector's component times a distance over another one.
const fn divide(component: i32, by: i32, over: i32) -> i32 {
    (component as i64 * by as i64 / over as i64) as i32
}
