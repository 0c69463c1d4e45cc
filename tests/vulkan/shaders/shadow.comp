#version 460
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_scalar_block_layout : require
#extension GL_EXT_nonuniform_qualifier : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
// Depth comparisons of texture 0 at (x, y) against z.
layout(local_size_x_id = 0x700) in;
layout(set = 0, binding = 0) uniform texture2D t2[];
layout(set = 0, binding = 2) uniform samplerShadow samplers[];
layout(buffer_reference, scalar) writeonly buffer Results { vec4 r[]; };
layout(buffer_reference, scalar) readonly buffer Params { uint kind, mode, count, pad; vec4 at[]; };
layout(buffer_reference, scalar) readonly buffer Table { Results results; uint n0, p0; Params params; uint n1, p1; uint image, smp; };
layout(push_constant, scalar) uniform Push { Table table; };
void main()
{
    uint n = gl_GlobalInvocationID.x;
    if (n >= table.params.count)
        return;
    vec4 p = table.params.at[n];
    float r = textureLod(sampler2DShadow(t2[table.image], samplers[table.smp & 0xfffff]), p.xyz, 0);
    table.results.r[n] = vec4(r, 0, 0, 1);
}
