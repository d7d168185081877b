//! picture_header( ) and picture_coding_extension( ): 6.2.3 and 6.2.3.1.

use codecorpus_bitstream::{BitReader, ParseError, Result};

/// picture_coding_type: table 6-12.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PictureType {
    I,
    P,
    B,
    /// MPEG-1: DC coefficients alone.
    D,
}

impl PictureType {
    fn read(r: &mut BitReader<'_>) -> Result<Self> {
        let at = r.position() as u64;
        match r.u(3, "picture_coding_type")? {
            1 => Ok(Self::I),
            2 => Ok(Self::P),
            3 => Ok(Self::B),
            4 => Ok(Self::D),
            other => Err(ParseError::malformed("picture_coding_type", format!("{other} is reserved")).at_bit(at)),
        }
    }
}

/// picture_structure: table 6-14.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Structure {
    Top,
    Bottom,
    Frame,
}

impl Structure {
    /// The shared records' numbers: 0 frame, 1 top field, 2 bottom field.
    #[must_use]
    pub(crate) const fn field(self) -> u8 {
        match self {
            Self::Frame => 0,
            Self::Top => 1,
            Self::Bottom => 2,
        }
    }
}

/// Elements of picture_header( ) by direction.
const VECTORS: [[&str; 2]; 2] = [["full_pel_forward_vector", "forward_f_code"], ["full_pel_backward_vector", "backward_f_code"]];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PictureHeader {
    /// Both fields of a frame have the same (6.3.9).
    temporal_reference: u16,
    pub(crate) picture_type: PictureType,
    /// By direction.
    pub(crate) full_pel: [bool; 2],
    /// By direction and component; 0 is forbidden, 15 unused.
    pub(crate) f_code: [[u8; 2]; 2],
    pub(crate) structure: Structure,
    pub(crate) top_field_first: bool,
    pub(crate) frame_pred_frame_dct: bool,
    pub(crate) concealment_motion_vectors: bool,
    pub(crate) q_scale_type: bool,
    pub(crate) intra_vlc_format: bool,
    pub(crate) alternate_scan: bool,
}

impl PictureHeader {
    /// picture_header( ), behind its start code: what there is of it is MPEG-1 until an extension comes.
    ///
    /// # Errors
    /// A reserved picture_coding_type, or the data end.
    pub(crate) fn read(r: &mut BitReader<'_>) -> Result<Self> {
        let temporal_reference = r.u(10, "temporal_reference")? as u16;
        let picture_type = PictureType::read(r)?;
        r.u(16, "vbv_delay")?;
        let directions = match picture_type {
            PictureType::I | PictureType::D => 0,
            PictureType::P => 1,
            PictureType::B => 2,
        };
        let (mut full_pel, mut f_code) = ([false; 2], [[0; 2]; 2]);
        for direction in 0..directions {
            let [full_pel_vector, code] = VECTORS[direction];
            full_pel[direction] = r.flag(full_pel_vector)?;
            f_code[direction] = [r.u(3, code)? as u8; 2];
        }
        while r.flag("extra_bit_picture")? {
            r.u(8, "extra_information_picture")?;
        }
        Ok(Self {
            temporal_reference,
            picture_type,
            full_pel,
            f_code,
            structure: Structure::Frame,
            top_field_first: true,
            frame_pred_frame_dct: true,
            concealment_motion_vectors: false,
            q_scale_type: false,
            intra_vlc_format: false,
            alternate_scan: false,
        })
    }

    /// picture_coding_type of a unit whose header could not be read, where there is so much of it.
    #[must_use]
    pub(crate) fn picture_type_of(unit: &[u8]) -> Option<PictureType> {
        let mut r = BitReader::new(unit);
        r.skip(18, "temporal_reference").ok()?;
        PictureType::read(&mut r).ok()
    }

    /// picture_coding_extension( ), behind its identifier.
    ///
    /// # Errors
    /// A reserved picture_structure, or the data end.
    pub(crate) fn read_extension(&mut self, r: &mut BitReader<'_>) -> Result<()> {
        for code in self.f_code.as_flattened_mut() {
            *code = r.u(4, "f_code")? as u8;
        }
        self.full_pel = [false; 2];
        r.u(2, "intra_dc_precision")?;
        let at = r.position() as u64;
        self.structure = match r.u(2, "picture_structure")? {
            1 => Structure::Top,
            2 => Structure::Bottom,
            3 => Structure::Frame,
            _ => return Err(ParseError::malformed("picture_structure", "0 is reserved").at_bit(at)),
        };
        self.top_field_first = r.flag("top_field_first")?;
        self.frame_pred_frame_dct = r.flag("frame_pred_frame_dct")?;
        self.concealment_motion_vectors = r.flag("concealment_motion_vectors")?;
        self.q_scale_type = r.flag("q_scale_type")?;
        self.intra_vlc_format = r.flag("intra_vlc_format")?;
        self.alternate_scan = r.flag("alternate_scan")?;
        r.each(&[(1, "repeat_first_field"), (1, "chroma_420_type"), (1, "progressive_frame")])?;
        if r.flag("composite_display_flag")? {
            r.each(&[
                (1, "v_axis"),
                (3, "field_sequence"),
                (1, "sub_carrier"),
                (7, "burst_amplitude"),
                (8, "sub_carrier_phase"),
            ])?;
        }
        Ok(())
    }

    /// Whether the picture may be the second field of the frame that `first` begins (6.1.1.4.1).
    #[must_use]
    pub(crate) fn is_other_field_of(&self, first: &Self) -> bool {
        first.structure != Structure::Frame
            && self.structure != Structure::Frame
            && self.structure != first.structure
            && self.temporal_reference == first.temporal_reference
            && (self.picture_type == PictureType::B) == (first.picture_type == PictureType::B)
    }

    /// Whether macroblocks say how they are predicted and transformed: only in frames that may mix both.
    #[must_use]
    pub(crate) fn mixes_fields(&self) -> bool {
        self.structure == Structure::Frame && !self.frame_pred_frame_dct
    }
}
