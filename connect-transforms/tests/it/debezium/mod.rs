mod data;
mod vectors;
