//! Pictures whose rows were read, for their allocations.

use crate::records::Picture;

/// Pictures that wait to be shown, or whose rows are not read yet, at once: more are rare.
const MOST: usize = 10;

/// Empty pictures.
#[derive(Debug, Default)]
#[expect(clippy::vec_box, reason = "pictures are handed on as boxes")]
pub struct PicturePool(Vec<Box<Picture>>);

impl PicturePool {
    /// An empty picture, with room where one was given back.
    pub fn take(&mut self) -> Box<Picture> {
        self.0.pop().unwrap_or_default()
    }

    /// Takes back a picture that nothing more is asked of.
    pub fn give_back(&mut self, mut picture: Box<Picture>) {
        if self.0.len() < MOST {
            picture.clear();
            self.0.push(picture);
        }
    }
}
