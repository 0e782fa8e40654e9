//! The program as somebody uses it: the real binary in folders of its own.

mod backup;
mod doctor;
mod help;
mod import;
mod jobs;
mod people;
mod seed;
mod serving;
mod support;
