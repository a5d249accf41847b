#include <unistd.h>

#include "common/line_input.h"
#include "common/stream_reader.h"
#include "common/stream_writer.h"
#include "target.h"
#include "tools/cdc-encode/encoder.h"

// A whole stream of change lines, through cdc-encode.

FUZZ_TARGET(encode) {
  using namespace cdc;
  const int fd = fuzz::FileOf(bytes);
  fuzz::Takes([&] {
    LineInput input(fd, "stdin");
    ByteOutput output(fuzz::NullFd(), "null");
    StreamWriter writer(output);
    StreamReader reader(input, {LineKind::kChange, false, false});
    encode::EncodeSettings settings;
    settings.topic_prefix = "p";
    settings.schema_changes = true;
    encode::Encoder(std::move(settings), reader, writer).Run();
  });
  close(fd);
}
