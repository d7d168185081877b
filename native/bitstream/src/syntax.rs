//! What headers say, element by element, for who asks. Nothing is kept otherwise, and a read costs one test more.
//!
//! A [`BitReader`](crate::BitReader) that is made by `of` notes every element that it reads, by the name that each read
//! gives, while the thread that it is on records.

use std::cell::RefCell;

use crate::ParseError;

/// A syntax structure and its elements, in the order of the bitstream; what a loop repeats is there again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Structure {
    /// As the standard spells it.
    pub name: &'static str,
    pub elements: Vec<(&'static str, i64)>,
    /// Why it is not read to its end, where nothing else depends on it.
    pub error: Option<String>,
}

thread_local! {
    static NOTED: RefCell<Option<Vec<Structure>>> = const { RefCell::new(None) };
}

/// Whether this thread records from now on; what was noted before is forgotten.
pub fn record(on: bool) {
    NOTED.set(on.then(Vec::new));
}

/// What was noted since the last call.
#[must_use]
pub fn take() -> Vec<Structure> {
    NOTED.with_borrow_mut(|noted| noted.as_mut().map(std::mem::take).unwrap_or_default())
}

/// Whether this thread records.
#[must_use]
pub fn is_recording() -> bool {
    NOTED.with_borrow(Option::is_some)
}

/// What of the last structure cannot be read, and does not matter to pictures.
#[cold]
pub fn fail(error: &ParseError) {
    NOTED.with_borrow_mut(|noted| {
        if let Some(structure) = noted.as_mut().and_then(|structures| structures.last_mut()) {
            structure.error.get_or_insert_with(|| format!("{}: {}", error.element, error.reason));
        }
    });
}

/// Begins a structure; false where nobody records.
pub(crate) fn begin(name: &'static str) -> bool {
    NOTED.with_borrow_mut(|noted| {
        let Some(structures) = noted else { return false };
        structures.push(Structure { name, elements: Vec::new(), error: None });
        true
    })
}

#[cold]
pub(crate) fn note(element: &'static str, value: i64) {
    NOTED.with_borrow_mut(|noted| {
        if let Some(structure) = noted.as_mut().and_then(|structures| structures.last_mut()) {
            structure.elements.push((element, value));
        }
    });
}

#[cfg(test)]
mod tests {
    use crate::BitReader;

    #[test]
    fn elements_are_noted_while_the_thread_records_and_the_reader_is_not_hushed() {
        let data = [0b1010_0110, 0b0101_1000];
        super::record(true);
        let mut reader = BitReader::of(&data, "header");
        let read = (reader.flag("flag"), reader.u(2, "two"), reader.ue("ue"), reader.se("se"), reader.i(2, "signed"));
        assert_eq!(read, (Ok(true), Ok(1), Ok(5), Ok(1), Ok(-1)));
        assert_eq!(reader.compound("whole", |reader| Ok(reader.u(1, "part")? + 7)), Ok(7));
        reader.hush();
        let _ = reader.u(1, "data");
        let _ = BitReader::new(&data).u(1, "plain");
        let [header] = super::take().try_into().unwrap();
        assert_eq!(header.name, "header");
        let elements = [("flag", 1), ("two", 1), ("ue", 5), ("se", 1), ("signed", -1), ("whole", 7)];
        assert_eq!(header.elements, elements);
        super::record(false);
        let _ = BitReader::of(&data, "header").u(1, "flag");
        assert_eq!(super::take(), []);
    }
}
