#version 460
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_scalar_block_layout : require
#extension GL_EXT_nonuniform_qualifier : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
layout(set = 0, binding = 0) uniform texture2D images[];
layout(set = 0, binding = 2) uniform sampler samplers[];
layout(buffer_reference, scalar) readonly buffer Table { uint image; uint smp; };
layout(push_constant, scalar) uniform Push { uint64_t vertex_table; Table fragment_table; };
layout(location = 0) in vec4 colour;
layout(location = 1) in vec2 uv;
layout(location = 0) out vec4 result;
void main()
{
    uint i = fragment_table.image, s = fragment_table.smp & 0xfffff;
    result = colour * texture(sampler2D(images[i], samplers[s]), uv);
}
