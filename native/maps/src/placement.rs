//! Where a coded picture's rows go: into which frame, and at what scale.

use std::collections::HashMap;

use crate::grid::Rect;

/// Where one coded picture goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placement {
    /// Index of the frame in the map.
    pub frame: usize,
    /// Only bits and energy count: the picture is never shown itself.
    pub sums_only: bool,
    /// Samples of the map per sample of the coded picture.
    pub scale: [f32; 2],
    /// Where what is displayed begins in the coded picture.
    pub origin: [f32; 2],
    /// y of a field's block counts lines of the field from its top, not macroblocks of a frame: two fields are coded one after
    /// the other, or it is MPEG.
    pub field_picture: bool,
}

/// Placements by coded order; pictures without one are left out.
pub type Placements = HashMap<i32, Placement>;

/// A block's geometry as its row has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Geometry {
    pub x: u16,
    pub y: u16,
    pub w: u16,
    pub h: u16,
    pub field: i8,
}

/// Height of a macroblock, and of the pair that shares its lines between two field macroblocks (H.264 6.4.1).
const MB: u16 = 16;
const MB_PAIR: u16 = 32;

impl Placement {
    /// The lines of the frame that a block lies in: (first, end). A field's block takes every second one.
    pub(crate) fn lines(&self, block: Geometry) -> (u32, u32) {
        let (y, h) = (u32::from(block.y), u32::from(block.h));
        if block.field == 0 {
            (y, y + h)
        } else if self.field_picture {
            (2 * y, 2 * (y + h))
        } else {
            let inside = u32::from(block.y % MB);
            let pair = u32::from(block.y / MB_PAIR * MB_PAIR);
            (pair + 2 * inside, pair + 2 * (inside + h))
        }
    }

    pub(crate) fn rect(&self, block: Geometry) -> Rect {
        let (top, bottom) = self.lines(block);
        let [x, y] = self.origin;
        let [sx, sy] = self.scale;
        let right = u32::from(block.x) + u32::from(block.w);
        Rect {
            left: (f32::from(block.x) - x) * sx,
            top: (top as f32 - y) * sy,
            right: (right as f32 - x) * sx,
            bottom: (bottom as f32 - y) * sy,
        }
    }
}

impl Geometry {
    /// Share of its rectangle's lines that a block takes.
    pub fn density(self) -> f32 {
        if self.field == 0 { 1.0 } else { 0.5 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placement(field_picture: bool) -> Placement {
        Placement { frame: 0, sums_only: false, scale: [1.0, 1.0], origin: [0.0, 0.0], field_picture }
    }

    #[test]
    fn both_field_macroblocks_of_a_pair_share_its_lines() {
        let block = |y, h, field| Geometry { x: 0, y, w: 16, h, field };
        assert_eq!(placement(false).lines(block(32, 16, 1)), (32, 64));
        assert_eq!(placement(false).lines(block(48, 16, 2)), (32, 64));
        assert_eq!(placement(false).lines(block(56, 8, 2)), (48, 64));
    }

    #[test]
    fn a_field_picture_counts_lines_of_its_field() {
        let block = Geometry { x: 0, y: 16, w: 16, h: 16, field: 2 };
        assert_eq!(placement(true).lines(block), (32, 64));
    }

    #[test]
    fn frames_keep_their_lines() {
        assert_eq!(placement(false).lines(Geometry { x: 0, y: 20, w: 4, h: 4, field: 0 }), (20, 24));
    }
}
