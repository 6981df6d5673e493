//! `relight models convert FILE -o OUT.safetensors`: the same numbers in another format, so that the next start needs no pickle.

use crate::args;
use relight_checkpoint::{Checkpoint, Format, convert as write};
use relight_file::{Fault, Result};
use relight_render::{Event, Watch};

pub fn convert(options: &args::Convert, watch: &Watch) -> Result<()> {
    let output = &options.out.output;
    if output.extension().is_none_or(|extension| extension != "safetensors") {
        return Err(Fault::new(format!("{} is no .safetensors", output.display()), "name the output FILE.safetensors with -o"));
    }
    let file = Checkpoint::open(&options.file)?;
    let format = match options.format {
        args::WeightFormat::F32 => Format::F32,
        args::WeightFormat::Bf16 => Format::Bf16,
        args::WeightFormat::Int8 => Format::Int8,
    };
    write(&file, output, format, options.out.yes)?;
    watch.tell(Event::Wrote { path: output.clone(), what: format!("{} tensors", file.tensors().len()) });
    Ok(())
}
