//! Finds the first number that is not finite in a serializable value.

use std::fmt;

use serde::Serialize;
use serde::ser::{
    self, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// Returns the path to the number, and the number.
pub(super) fn first_not_finite<T: Serialize + ?Sized>(value: &T) -> Option<(String, f64)> {
    let mut walk = Walk::default();
    // serde_json reports the value's own errors.
    let _ = value.serialize(&mut walk);
    let number = walk.found?;
    let path = match walk.path.as_str() {
        "" => "the value".to_owned(),
        path => format!("`{}`", path.trim_start_matches('.').escape_debug()),
    };
    Some((path, number))
}

/// Walks through a value and stops at the first number that is not finite.
#[derive(Default)]
struct Walk {
    /// The path to the current value, such as `.values[3]`.
    path: String,
    found: Option<f64>,
}

impl Walk {
    /// Visits `value`, which is one step further down.
    fn step<T: Serialize + ?Sized>(&mut self, step: fmt::Arguments<'_>, value: &T) -> Walked {
        let length = self.path.len();
        // Writing to a `String` cannot fail.
        let _ = fmt::write(&mut self.path, step);
        value.serialize(&mut *self)?;
        // After an error the path stays: it is the answer.
        self.path.truncate(length);
        Ok(())
    }

    fn number(&mut self, number: f64) -> Walked {
        if number.is_finite() {
            return Ok(());
        }
        self.found = Some(number);
        Err(Found)
    }
}

type Walked = Result<(), Found>;

/// The walk is over.
#[derive(Debug)]
struct Found;

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the walk is over")
    }
}

impl std::error::Error for Found {}

impl ser::Error for Found {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// The elements of a list, the fields of an object, or the contents of a variant.
struct Parts<'a> {
    walk: &'a mut Walk,
    /// The length of the path without the variant.
    length: usize,
    next: usize,
    key: String,
}

impl<'a> Parts<'a> {
    fn new(walk: &'a mut Walk, variant: Option<&str>) -> Self {
        let length = walk.path.len();
        if let Some(variant) = variant {
            walk.path.push('.');
            walk.path.push_str(variant);
        }
        Self {
            walk,
            length,
            next: 0,
            key: String::new(),
        }
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Walked {
        let index = self.next;
        self.next += 1;
        self.walk.step(format_args!("[{index}]"), value)
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Walked {
        self.walk.step(format_args!(".{name}"), value)
    }

    fn close(self) -> Walked {
        self.walk.path.truncate(self.length);
        Ok(())
    }
}

macro_rules! no_number {
    ($($name:ident($($type:ty),*)),+ $(,)?) => {$(
        fn $name(self, $(_: $type),*) -> Walked {
            Ok(())
        }
    )+};
}

impl<'a> Serializer for &'a mut Walk {
    type Ok = ();
    type Error = Found;
    type SerializeSeq = Parts<'a>;
    type SerializeTuple = Parts<'a>;
    type SerializeTupleStruct = Parts<'a>;
    type SerializeTupleVariant = Parts<'a>;
    type SerializeMap = Parts<'a>;
    type SerializeStruct = Parts<'a>;
    type SerializeStructVariant = Parts<'a>;

    no_number! {
        serialize_bool(bool), serialize_i8(i8), serialize_i16(i16), serialize_i32(i32),
        serialize_i64(i64), serialize_i128(i128), serialize_u8(u8), serialize_u16(u16),
        serialize_u32(u32), serialize_u64(u64), serialize_u128(u128), serialize_char(char),
        serialize_str(&str), serialize_bytes(&[u8]), serialize_none(), serialize_unit(),
        serialize_unit_struct(&'static str),
        serialize_unit_variant(&'static str, u32, &'static str),
    }

    fn serialize_f32(self, number: f32) -> Walked {
        self.number(number.into())
    }

    fn serialize_f64(self, number: f64) -> Walked {
        self.number(number)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Walked {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Walked {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Walked {
        self.step(format_args!(".{variant}"), value)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'a>, Found> {
        Ok(Parts::new(self, None))
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts<'a>, Found> {
        Ok(Parts::new(self, None))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts<'a>, Found> {
        Ok(Parts::new(self, None))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts<'a>, Found> {
        Ok(Parts::new(self, Some(variant)))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'a>, Found> {
        Ok(Parts::new(self, None))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts<'a>, Found> {
        Ok(Parts::new(self, None))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts<'a>, Found> {
        Ok(Parts::new(self, Some(variant)))
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, _: &T) -> Walked {
        Ok(())
    }
}

macro_rules! elements {
    ($($trait:ident::$element:ident),+) => {$(
        impl $trait for Parts<'_> {
            type Ok = ();
            type Error = Found;

            fn $element<T: Serialize + ?Sized>(&mut self, value: &T) -> Walked {
                self.element(value)
            }

            fn end(self) -> Walked {
                self.close()
            }
        }
    )+};
}

elements! {
    SerializeSeq::serialize_element, SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field, SerializeTupleVariant::serialize_field
}

macro_rules! fields {
    ($($trait:ident),+) => {$(
        impl $trait for Parts<'_> {
            type Ok = ();
            type Error = Found;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Walked {
                self.field(name, value)
            }

            fn end(self) -> Walked {
                self.close()
            }
        }
    )+};
}

fields!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for Parts<'_> {
    type Ok = ();
    type Error = Found;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Walked {
        self.key = match serde_json::to_value(key) {
            Ok(serde_json::Value::String(key)) => key,
            Ok(key) => key.to_string(),
            Err(_) => "?".to_owned(),
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Walked {
        let key = std::mem::take(&mut self.key);
        self.field(&key, value)
    }

    fn end(self) -> Walked {
        self.close()
    }
}
