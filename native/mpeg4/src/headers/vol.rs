//! VideoObjectLayer( ): 6.2.3, with semantics in 6.3.3.

use codecorpus_bitstream::{BitReader, ParseError, Result};
use codecorpus_mpeg::quantiser::Matrix;
use codecorpus_mpeg::tables::ZIGZAG;

use crate::tables::{INTRA_MATRIX, NON_INTRA_MATRIX};

/// quant_type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Quantisation {
    H263,
    /// With the matrices of intra and of other blocks.
    Mpeg(Box<[Matrix; 2]>),
}

/// Bits of vop_complexity_estimation_header( ), by the types of VOPs that have them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Complexity {
    pub(crate) all: u32,
    pub(crate) not_intra: u32,
    pub(crate) bidirectional: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Vol {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) vop_time_increment_resolution: u32,
    pub(crate) interlaced: bool,
    /// sprite_enable is GMC.
    pub(crate) gmc: bool,
    pub(crate) no_of_sprite_warping_points: u32,
    pub(crate) sprite_warping_accuracy: u32,
    pub(crate) quant_precision: u32,
    pub(crate) quantisation: Quantisation,
    pub(crate) quarter_sample: bool,
    pub(crate) complexity: Complexity,
    pub(crate) resync_marker_disable: bool,
    pub(crate) data_partitioned: bool,
    pub(crate) reversible_vlc: bool,
    /// It is H.263, or what short_video_header says: no prediction of intra coefficients, and other words.
    pub(crate) short_video_header: bool,
}

fn unsupported(element: &'static str, reason: &'static str, at: usize) -> ParseError {
    ParseError::unsupported(element, reason).at_bit(at as u64)
}

/// What vbv_parameters brings.
const VBV_PARAMETERS: [(u32, &str); 11] = [
    (15, "first_half_bit_rate"),
    (1, "marker_bit"),
    (15, "latter_half_bit_rate"),
    (1, "marker_bit"),
    (15, "first_half_vbv_buffer_size"),
    (1, "marker_bit"),
    (3, "latter_half_vbv_buffer_size"),
    (11, "first_half_vbv_occupancy"),
    (1, "marker_bit"),
    (15, "latter_half_vbv_occupancy"),
    (1, "marker_bit"),
];

impl Vol {
    /// Reads it behind its start code; `visual_object_verid` is that of the visual object around it.
    ///
    /// # Errors
    /// Something reserved or that is not read, or the data end.
    pub(crate) fn read(r: &mut BitReader<'_>, visual_object_verid: u32) -> Result<Self> {
        r.each(&[(1, "random_accessible_vol"), (8, "video_object_type_indication")])?;
        let mut verid = visual_object_verid;
        if r.flag("is_object_layer_identifier")? {
            verid = r.u(4, "video_object_layer_verid")?;
            r.u(3, "video_object_layer_priority")?;
        }
        if r.u(4, "aspect_ratio_info")? == 15 {
            r.each(&[(8, "par_width"), (8, "par_height")])?;
        }
        if r.flag("vol_control_parameters")? {
            r.each(&[(2, "chroma_format"), (1, "low_delay")])?;
            if r.flag("vbv_parameters")? {
                r.each(&VBV_PARAMETERS)?;
            }
        }
        let at = r.position();
        if r.u(2, "video_object_layer_shape")? != 0 {
            return Err(unsupported("video_object_layer_shape", "shapes are not read", at));
        }
        r.skip(1, "marker_bit")?;
        let at = r.position();
        let vop_time_increment_resolution = r.u(16, "vop_time_increment_resolution")?;
        if vop_time_increment_resolution == 0 {
            return Err(ParseError::malformed("vop_time_increment_resolution", "0 is forbidden").at_bit(at as u64));
        }
        r.skip(1, "marker_bit")?;
        if r.flag("fixed_vop_rate")? {
            r.u(time_increment_bits(vop_time_increment_resolution), "fixed_vop_time_increment")?;
        }
        r.skip(1, "marker_bit")?;
        let width = r.u(13, "video_object_layer_width")?;
        r.skip(1, "marker_bit")?;
        let at = r.position();
        let height = r.u(13, "video_object_layer_height")?;
        if width == 0 || height == 0 {
            return Err(ParseError::malformed("video_object_layer_height", "a picture without samples").at_bit(at as u64));
        }
        r.skip(1, "marker_bit")?;
        let interlaced = r.flag("interlaced")?;
        let at = r.position();
        if !r.flag("obmc_disable")? {
            return Err(unsupported("obmc_disable", "overlapped block motion compensation is not read", at));
        }
        let (gmc, no_of_sprite_warping_points, sprite_warping_accuracy) = read_sprite(r, verid)?;
        let quant_precision = read_precision(r)?;
        let quantisation = read_quantisation(r)?;
        let quarter_sample = verid != 1 && r.flag("quarter_sample")?;
        let complexity = read_complexity(r)?;
        let resync_marker_disable = r.flag("resync_marker_disable")?;
        let data_partitioned = r.flag("data_partitioned")?;
        let reversible_vlc = data_partitioned && r.flag("reversible_vlc")?;
        if verid != 1 {
            let at = r.position();
            if r.flag("newpred_enable")? {
                return Err(unsupported("newpred_enable", "NEWPRED is not read", at));
            }
            if r.flag("reduced_resolution_vop_enable")? {
                return Err(unsupported("reduced_resolution_vop_enable", "reduced resolution is not read", at + 1));
            }
        }
        let at = r.position();
        if r.flag("scalability")? {
            return Err(unsupported("scalability", "scalability is not read", at));
        }
        Ok(Self {
            width,
            height,
            vop_time_increment_resolution,
            interlaced,
            gmc,
            no_of_sprite_warping_points,
            sprite_warping_accuracy,
            quant_precision,
            quantisation,
            quarter_sample,
            complexity,
            resync_marker_disable,
            data_partitioned,
            reversible_vlc,
            short_video_header: false,
        })
    }

    /// Width and height in macroblocks.
    #[must_use]
    pub(crate) const fn size(&self) -> [u32; 2] {
        [self.width.div_ceil(16), self.height.div_ceil(16)]
    }

    /// Bits of vop_time_increment.
    #[must_use]
    pub(crate) const fn time_increment_bits(&self) -> u32 {
        time_increment_bits(self.vop_time_increment_resolution)
    }
}

const fn time_increment_bits(resolution: u32) -> u32 {
    let bits = 32 - (resolution - 1).leading_zeros();
    if bits == 0 { 1 } else { bits }
}

/// sprite_enable with what belongs to it: whether it is GMC, no_of_sprite_warping_points and sprite_warping_accuracy.
fn read_sprite(r: &mut BitReader<'_>, verid: u32) -> Result<(bool, u32, u32)> {
    let at = r.position();
    match r.u(if verid == 1 { 1 } else { 2 }, "sprite_enable")? {
        0 => return Ok((false, 0, 0)),
        2 => {}
        _ => return Err(unsupported("sprite_enable", "static sprites are not read", at)),
    }
    let at = r.position();
    let points = r.u(6, "no_of_sprite_warping_points")?;
    if points > 3 {
        return Err(ParseError::malformed("no_of_sprite_warping_points", format!("{points} is more than 3")).at_bit(at as u64));
    }
    let accuracy = r.u(2, "sprite_warping_accuracy")?;
    let at = r.position();
    if r.flag("sprite_brightness_change")? {
        return Err(unsupported("sprite_brightness_change", "changes of brightness are not read", at));
    }
    Ok((true, points, accuracy))
}

/// not_8_bit: quant_precision.
fn read_precision(r: &mut BitReader<'_>) -> Result<u32> {
    if !r.flag("not_8_bit")? {
        return Ok(5);
    }
    let at = r.position();
    let precision = r.u(4, "quant_precision")?;
    if !(3..=9).contains(&precision) {
        return Err(ParseError::malformed("quant_precision", format!("{precision} is not in 3 to 9")).at_bit(at as u64));
    }
    let at = r.position();
    if r.u(4, "bits_per_pixel")? != 8 || precision != 5 {
        return Err(unsupported("bits_per_pixel", "only 8 bits are read", at));
    }
    Ok(precision)
}

fn read_quantisation(r: &mut BitReader<'_>) -> Result<Quantisation> {
    if !r.flag("quant_type")? {
        return Ok(Quantisation::H263);
    }
    let mut matrices = Box::new([INTRA_MATRIX, NON_INTRA_MATRIX]);
    for (matrix, element) in matrices.iter_mut().zip(["intra_quant_mat", "nonintra_quant_mat"]) {
        if r.flag("load_quant_mat")? {
            *matrix = read_matrix(r, element)?;
        }
    }
    Ok(Quantisation::Mpeg(matrices))
}

/// A matrix that a zero may end: what follows is as the last weight (6.3.3).
fn read_matrix(r: &mut BitReader<'_>, element: &'static str) -> Result<Matrix> {
    let mut matrix = [0; 64];
    let mut last = 0;
    let mut ended = false;
    for &index in &ZIGZAG {
        if !ended {
            let at = r.position() as u64;
            let weight = r.u(8, element)? as u8;
            ended = weight == 0;
            if ended && last == 0 {
                return Err(ParseError::malformed(element, "the first weight is 0").at_bit(at));
            }
            last = if ended { last } else { weight };
        }
        matrix[usize::from(index)] = last;
    }
    Ok(matrix)
}

/// define_vop_complexity_estimation_header( ): 6.2.3.3.
fn read_complexity(r: &mut BitReader<'_>) -> Result<Complexity> {
    let mut complexity = Complexity::default();
    if r.flag("complexity_estimation_disable")? {
        return Ok(complexity);
    }
    let at = r.position();
    let method = r.u(2, "estimation_method")?;
    if method > 1 {
        return Err(ParseError::malformed("estimation_method", format!("{method} is reserved")).at_bit(at as u64));
    }
    let element = "define_vop_complexity_estimation_header";
    let mut flag = |bits: u32| Ok::<_, ParseError>(if r.flag(element)? { bits } else { 0 });
    if flag(1)? == 0 {
        for _ in 0..6 {
            complexity.all += flag(8)?;
        }
    }
    if flag(1)? == 0 {
        complexity.all += flag(8)?;
        complexity.not_intra += flag(8)? + flag(8)?;
        complexity.all += flag(8)?;
    }
    flag(1)?;
    if flag(1)? == 0 {
        complexity.all += flag(8)? + flag(8)? + flag(8)? + flag(4)?;
    }
    if flag(1)? == 0 {
        complexity.not_intra += flag(8)? + flag(8)?;
        complexity.bidirectional += flag(8)?;
        complexity.not_intra += flag(8)? + flag(8)? + flag(8)?;
    }
    flag(1)?;
    if method == 1 && flag(1)? == 0 {
        complexity.all += flag(8)?;
        complexity.not_intra += flag(8)?;
    }
    Ok(complexity)
}
