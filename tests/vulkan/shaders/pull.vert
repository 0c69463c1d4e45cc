#version 460
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_scalar_block_layout : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
// Vertices {vec4 position, vec4 colour, vec2 uv} fetched by address from slot 0 of the table.
struct Vertex { vec4 position; vec4 colour; vec2 uv; };
layout(buffer_reference, scalar) readonly buffer Vertices { Vertex v[]; };
layout(buffer_reference, scalar) readonly buffer Table { Vertices vertices; uint size; uint pad; };
layout(push_constant, scalar) uniform Push { Table vertex_table; Table fragment_table; };
layout(location = 0) out vec4 colour;
layout(location = 1) out vec2 uv;
void main()
{
    Vertex v = vertex_table.vertices.v[gl_VertexIndex];
    gl_Position = v.position + vec4(float(gl_InstanceIndex) * 0.5, 0, 0, 0);
    gl_PointSize = 1;
    colour = v.colour;
    uv = v.uv;
}
