//! Setters that several requests share.

/// How the object is served through a URL: of [`ServedAs`](super::public_url::ServedAs).
macro_rules! served_as_setters {
    () => {
        /// Makes browsers save the object under its own name instead of showing it.
        pub fn download(mut self) -> Self {
            self.served_as.download = Some(String::new());
            self
        }

        /// Makes browsers save the object as `name` instead of showing it.
        pub fn download_as(mut self, name: &str) -> Self {
            self.served_as.download = Some(name.to_owned());
            self
        }

        /// Adds a text that makes the URL unique, so that no cache serves an old version.
        pub fn cache_nonce(mut self, nonce: &str) -> Self {
            self.served_as.cache_nonce = Some(nonce.to_owned());
            self
        }
    };
}

/// The version of the object.
macro_rules! version_id_setter {
    () => {
        /// Selects this version of the object, in a bucket with versioning.
        pub fn version_id(mut self, version: &str) -> Self {
            self.version_id = Some(version.to_owned());
            self
        }
    };
}

/// The versions in a list: of [`Versions`](super::list::Versions).
macro_rules! versions_setters {
    () => {
        /// Sets whether to list versions that were replaced, in a bucket with versioning.
        pub fn noncurrent_versions(mut self, include: Include) -> Self {
            self.body.versions.noncurrent_versions = Some(include);
            self
        }

        /// Sets whether to list delete markers, in a bucket with versioning. A delete marker is a version that
        /// records that the object was deleted.
        pub fn delete_markers(mut self, include: Include) -> Self {
            self.body.versions.delete_markers = Some(include);
            self
        }

        /// Lists only the object whose path is the prefix itself.
        pub fn exact_match(mut self, exact: bool) -> Self {
            self.body.versions.exact_match = Some(exact);
            self
        }
    };
}

pub(super) use {served_as_setters, version_id_setter, versions_setters};
