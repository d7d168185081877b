//! Inputs in a container's packets: a marker, extradata, and packets, each behind its length.

/// No raw stream begins so.
const MARKER: u8 = b'P';

/// A container's view of a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packed {
    pub extradata: Vec<u8>,
    pub packets: Vec<Vec<u8>>,
}

impl Packed {
    /// None where the input is a raw stream.
    #[must_use]
    pub fn parse(data: &[u8]) -> Option<Self> {
        let mut rest = data.strip_prefix(&[MARKER])?;
        let extradata = take(&mut rest).unwrap_or_default();
        let packets = std::iter::from_fn(|| take(&mut rest)).collect();
        Some(Self { extradata, packets })
    }

    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = vec![MARKER];
        for piece in std::iter::once(&self.extradata).chain(&self.packets) {
            out.extend_from_slice(&(piece.len() as u32).to_le_bytes()[..3]);
            out.extend_from_slice(piece);
        }
        out
    }
}

fn take(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let (&[a, b, c], tail) = rest.split_first_chunk()?;
    let (piece, tail) = tail.split_at(tail.len().min(u32::from_le_bytes([a, b, c, 0]) as usize));
    *rest = tail;
    Some(piece.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_come_out_as_they_went_in() {
        let packed = Packed { extradata: vec![1, 2], packets: vec![vec![], vec![7; 70_000]] };
        assert_eq!(Packed::parse(&packed.bytes()), Some(packed));
        assert_eq!(Packed::parse(&[0, 0, 1]), None);
    }
}
