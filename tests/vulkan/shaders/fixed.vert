#version 460
layout(location = 0) in vec3 position;
layout(location = 1) in vec4 in_colour;
layout(location = 0) out vec4 colour;
layout(location = 1) out vec2 uv;
void main()
{
    gl_Position = vec4(position, 1);
    colour = in_colour;
    uv = vec2(0);
}
