#version 460
// The vertex colour as integers: UINT or INT.
layout(location = 0) in vec4 colour;
#ifdef UINT
layout(location = 0) out uvec4 result;
void main() { result = uvec4(colour); }
#else
layout(location = 0) out ivec4 result;
void main() { result = ivec4(colour); }
#endif
