//! [`Transform`]: how the server transforms an image before it sends it.

use crate::client::texts::enum_with_texts;

use serde::Serialize;

/// How the server transforms an image before it sends it. If nothing is set, the object is sent
/// unchanged.
///
/// ```
/// # use supabase_task::client::storage::{Resize, Transform};
/// let thumbnail = Transform::new().width(200).height(200).resize(Resize::Cover).quality(60);
/// ```
///
/// Source: <https://supabase.com/docs/guides/storage/serving/image-transformations>
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[must_use]
pub struct Transform {
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resize: Option<Resize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<ImageFormat>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<u8>,
}

enum_with_texts! {
    /// How an image is fitted into width and height.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
    #[serde(rename_all = "lowercase")]
    #[non_exhaustive]
    pub enum Resize {
        /// Fills both, keeps the proportions and crops the excess. The default.
        Cover = "cover",
        /// Fits the whole image into both and keeps the proportions.
        Contain = "contain",
        /// Fills both, stretching the image if necessary.
        Fill = "fill",
    }
}

enum_with_texts! {
    /// The format of the image that is sent. By default, the server chooses one that the client can read.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
    #[serde(rename_all = "lowercase")]
    #[non_exhaustive]
    pub enum ImageFormat {
        /// The format of the stored object.
        Origin = "origin",
        /// AVIF.
        Avif = "avif",
        /// WebP.
        Webp = "webp",
    }
}

impl Transform {
    /// Creates an empty transformation.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the width in pixels: 1 to 2500.
    pub fn width(mut self, pixels: u32) -> Self {
        self.width = Some(pixels);
        self
    }

    /// Sets the height in pixels: 1 to 2500.
    pub fn height(mut self, pixels: u32) -> Self {
        self.height = Some(pixels);
        self
    }

    /// Sets how the image is fitted into width and height.
    pub fn resize(mut self, resize: Resize) -> Self {
        self.resize = Some(resize);
        self
    }

    /// Sets the format of the image that is sent.
    pub fn format(mut self, format: ImageFormat) -> Self {
        self.format = Some(format);
        self
    }

    /// Sets the quality: 20 to 100, and 80 by default.
    pub fn quality(mut self, quality: u8) -> Self {
        self.quality = Some(quality);
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the query parameters of a URL.
    pub(super) fn query(&self) -> Vec<(&'static str, String)> {
        let number = |name, value: Option<u32>| value.map(|value| (name, value.to_string()));
        [
            number("width", self.width),
            number("height", self.height),
            self.resize
                .map(|resize| ("resize", resize.as_str().to_owned())),
            self.format
                .map(|format| ("format", format.as_str().to_owned())),
            number("quality", self.quality.map(u32::from)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
