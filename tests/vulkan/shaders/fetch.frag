#version 460
layout(input_attachment_index = 0, set = 1, binding = 0) uniform subpassInput previous;
layout(location = 0) in vec4 colour;
layout(location = 0) out vec4 result;
void main() { result = colour + subpassLoad(previous); }
