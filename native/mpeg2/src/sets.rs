//! What headers leave for the pictures behind them: 6.2.2 and 6.2.3.

use std::sync::Arc;

use codecorpus_bitstream::{BitReader, ParseError, Result, syntax};

use crate::headers::{Group, Matrices, PictureHeader, PictureType, Sequence, Structure, extension, extensions, start_code};

/// What a picture_header( ) came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Announced {
    Header(PictureHeader),
    /// It could not be read, or an extension of it, beyond its picture_coding_type at best.
    Damaged(ParseError, Option<PictureType>),
}

impl Announced {
    pub(crate) const fn picture_type(&self) -> Option<PictureType> {
        match self {
            Self::Header(header) => Some(header.picture_type),
            Self::Damaged(_, picture_type) => *picture_type,
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Headers {
    pub(crate) sequence: Option<Arc<Sequence>>,
    /// Why what follows cannot be read until a sequence header comes that can.
    pub(crate) sequence_damage: Option<ParseError>,
    /// Those of the sequence, unless a picture has brought its own.
    pub(crate) matrices: Matrices,
    pub(crate) group: Group,
    /// Of a picture of which no slice has come.
    pub(crate) announced: Option<Announced>,
    /// The field of which the second one has not come.
    pub(crate) first_field: Option<PictureHeader>,
}

impl Headers {
    /// Reads what stands behind a start code, if it is a header.
    ///
    /// # Errors
    /// Anything in it that breaks the standard, or is not supported. [`Headers::lose`] then says what comes of it.
    pub(crate) fn read(&mut self, start_code: u8, data: &[u8]) -> Result<()> {
        let mut reader = BitReader::of(data, syntax_structure(start_code, data));
        reader.skip(8, "start_code")?;
        if matches!(start_code, start_code::SEQUENCE_HEADER | start_code::GROUP) {
            // Neither comes between the fields of a frame.
            self.first_field = None;
        }
        match start_code {
            start_code::PICTURE => self.announced = Some(Announced::Header(PictureHeader::read(&mut reader)?)),
            start_code::SEQUENCE_HEADER => {
                let sequence = Sequence::read(&mut reader)?;
                self.matrices = sequence.matrices.clone();
                self.sequence = Some(Arc::new(sequence));
                self.sequence_damage = None;
            }
            start_code::EXTENSION => self.read_extension(&mut reader)?,
            start_code::GROUP => self.group = Group::read(&mut reader)?,
            start_code::USER_DATA => reader.bytes(reader.left() / 8, "user_data")?,
            _ => {}
        }
        Ok(())
    }

    fn read_extension(&mut self, reader: &mut BitReader<'_>) -> Result<()> {
        let at = reader.position() as u64;
        match reader.u(4, "extension_start_code_identifier")? {
            extension::SEQUENCE => {
                if let Some(sequence) = &mut self.sequence {
                    Arc::make_mut(sequence).read_extension(reader)?;
                }
            }
            extension::QUANT_MATRIX => self.matrices.read_extension(reader)?,
            extension::SEQUENCE_SCALABLE => {
                return Err(ParseError::unsupported("extension_start_code_identifier", "scalability is not read").at_bit(at));
            }
            extension::PICTURE_CODING => {
                if let Some(Announced::Header(header)) = &mut self.announced {
                    header.read_extension(reader)?;
                }
            }
            other if reader.is_noted() => {
                if let Err(error) = extensions::read(reader, other) {
                    syntax::fail(&error);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Begins a picture; says whether it is the second field of the frame that the one before it began.
    pub(crate) fn begin_picture(&mut self, header: &PictureHeader) -> bool {
        let is_second_field = self.first_field.take().is_some_and(|first| header.is_other_field_of(&first));
        self.first_field = (header.structure != Structure::Frame && !is_second_field).then_some(*header);
        is_second_field
    }

    /// What follows a unit that could not be read cannot be read either: the picture that is announced, or the sequence.
    pub(crate) fn lose(&mut self, start_code: Option<u8>, data: &[u8], error: &ParseError) {
        if start_code == Some(start_code::PICTURE) {
            let picture_type = PictureHeader::picture_type_of(data);
            self.announced = Some(Announced::Damaged(error.clone(), picture_type));
        } else if let Some(announced) = &mut self.announced {
            *announced = Announced::Damaged(error.clone(), announced.picture_type());
        } else if matches!(start_code, Some(start_code::SEQUENCE_HEADER | start_code::EXTENSION)) {
            self.sequence_damage = Some(error.clone());
        }
    }
}

/// The syntax structure behind a start code, for who asks for headers.
fn syntax_structure(start_code: u8, data: &[u8]) -> &'static str {
    match start_code {
        start_code::PICTURE => "picture_header",
        start_code::SEQUENCE_HEADER => "sequence_header",
        start_code::GROUP => "group_of_pictures_header",
        start_code::USER_DATA => "user_data",
        start_code::EXTENSION => extensions::name(data.get(1).map_or(0, |&byte| byte >> 4)),
        _ => "reserved",
    }
}
