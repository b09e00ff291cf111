//! How a message comes to a process. The macros note it of each, and a new version of a server or a machine has to agree
//! with the old one, for callers wait for an answer and the runtime looks for its own messages.

use std::marker::PhantomData;

/// As a call, which is answered with a `T`.
#[derive(Debug)]
pub struct Call<T>(pub PhantomData<fn() -> T>);

/// As a cast.
#[derive(Debug)]
pub struct Cast;

/// By its type.
#[derive(Debug)]
pub struct Info;

/// From a callback that goes on with it.
#[derive(Debug)]
pub struct Continue;

/// From the machine itself.
#[derive(Debug)]
pub struct Internal;

/// When a timeout of its own is over.
#[derive(Debug)]
pub struct Timeout;

/// When its state has lasted long enough.
#[derive(Debug)]
pub struct StateTimeout;

/// When nothing has happened for long enough.
#[derive(Debug)]
pub struct EventTimeout;
