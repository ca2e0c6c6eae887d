override submerged: bool = false; // lies under water
override surface: f32 = 13.0; // which of them: a pipeline each
// Walls, roofs, planks, streets and lights; patterns in metres from uv. k = (surface, lit, shop below, openness).
fn h1(p: vec2<f32>) -> f32 { return h2(p).x; }
fn brick(u: vec2<f32>, base: vec3<f32>) -> vec3<f32> {
  let row = floor(u.y/0.075); let bx = fract(u.x/0.23 + 0.5*(row - 2.0*floor(row*0.5))); let by = fract(u.y/0.075);
  let mortar = max(smoothstep(0.46, 0.49, abs(bx - 0.5)), smoothstep(0.40, 0.46, abs(by - 0.5)));
  let id = vec2(floor(u.x/0.23 + 0.5*(row - 2.0*floor(row*0.5))), row);
  return mix(base*(0.72 + 0.5*h1(id)), base*0.55 + 0.05, mortar);
}
@fragment fn fs_built(v: TOut) -> FOut {
  if (F.key.w > 0.5 && v.wp.y < F.water.x - 0.03) { discard; }
  let lit_now = v.k.y*F.heaven.w; let k = surface; var n = normalize(v.n); let flat_n = n; var albedo = v.c.rgb; var glow = vec3(0.0); var gloss = 0.0;
  let eye = normalize(F.eye.xyz - v.wp); let u = v.uv; let grime = nz(u*0.031 + v.wp.xz*0.005); let d = distance(v.wp, F.eye.xyz); let close = exp(-d*0.04);
  if (k < 13.5) { albedo *= 0.92 + 0.16*grime.x; }
  else if (k < 14.5) {
    let face = mix(albedo*(0.9 + 0.12*grime.w), brick(u, albedo), close*step(albedo.g*1.18, albedo.r)); albedo = face*(0.75 + 0.5*grime.x)*mix(0.75, 1.0, smoothstep(0.0, 1.2, u.y));
    let w = vec2(u.x/2.6, (u.y - 1.2)/3.1); let wi = floor(w); let wf = abs(fract(w) - 0.5); let shop = v.k.z > 0.5;
    let low = select(0.7, 3.2, shop);
    if (wf.x < 0.26 && wf.y < 0.30 && u.y > low) {
      let bar = step(0.235, wf.x) + step(0.275, wf.y) + step(wf.x, 0.012) + step(wf.y, 0.008);
      if (bar > 0.5) { albedo = mix(vec3(0.10, 0.095, 0.09), vec3(0.75, 0.73, 0.70), step(0.5, h1(vec2(floor(u.x/31.0), 7.0)))); }
      else {
        gloss = 1.0; albedo = vec3(0.02, 0.024, 0.03); let on = step(1.0 - 0.40*lit_now, h1(wi + 5.0)); let tone = h1(wi + 11.0);
        let curtain = smoothstep(0.10, 0.20, wf.x)*step(0.35, tone);
        glow = on*lit_now*mix(vec3(1.25, 0.66, 0.24), vec3(1.0, 0.82, 0.55), tone)*(0.10 + 0.42*grime.y*tone + 0.22*smoothstep(0.35, 0.0, length(wf*vec2(1.0, 1.4) - vec2(0.05, 0.12))))*mix(1.0, 0.40, curtain)*0.62; albedo += vec3(0.14)*curtain*(1.0 - on);
      }
    } else if (wf.x < 0.30 && wf.y < 0.34 && u.y > low) { albedo = mix(albedo, vec3(0.55, 0.53, 0.50), 0.55); }
    if (shop && u.y < 2.75 && u.y > 0.40) {
      let s = abs(fract(u.x/4.2) - 0.5);
      if (s < 0.41) {
        let frame = step(0.39, s) + step(2.62, u.y) + step(u.y, 0.50) + step(s, 0.006);
        if (frame > 0.5) { albedo = vec3(0.045, 0.06, 0.055); }
        else {
          gloss = 1.0; let id = floor(u.x/4.2); let on = step(0.30, h1(vec2(id, 3.0)));
          let goods = step(0.42, nz(vec2(floor(u.x*7.0)*0.13, floor(u.y/0.52)*0.31)).x + 0.1 - 0.35*fract(u.y/0.52 + 0.5)); let shelf = step(0.055, abs(fract(u.y/0.52) - 0.5));
          albedo = vec3(0.03); glow = on*lit_now*mix(vec3(1.15, 0.62, 0.26), vec3(0.95, 0.78, 0.55), h1(vec2(id, 8.0)))*(0.14 + 0.46*smoothstep(0.3, 2.6, u.y))*(0.55 + 0.45*h1(vec2(id, 5.0)))*0.62*mix(0.30, 1.0, shelf)*mix(1.0, 0.45 + 0.4*grime.w, goods);
          albedo += mix(vec3(0.085, 0.05, 0.03), vec3(0.04, 0.055, 0.075), grime.y)*goods*(1.0 - lit_now);
        }
      }
    } else if (shop && u.y < 3.35 && u.y > 2.85) { albedo = mix(vec3(0.05, 0.10, 0.09), vec3(0.22, 0.05, 0.05), h1(vec2(floor(u.x/8.4), 2.0))); }
  } else if (k < 15.5) {
    let row = floor(u.y/0.24); let x = u.x/0.22 + 0.5*(row - 2.0*floor(row*0.5)); let r = h1(vec2(floor(x), row));
    albedo *= (0.62 + 0.5*r)*(0.55 + 0.45*smoothstep(0.0, 0.5, fract(u.y/0.24)))*(0.85 + 0.15*smoothstep(0.5, 0.40, abs(fract(x) - 0.5)));
    albedo = mix(albedo, vec3(0.86, 0.885, 0.925), F.ground2.y*smoothstep(0.35, 0.6, n.y + (grime.x - 0.5)*0.4));
  } else if (k < 16.5) { return finish(v.c.rgb*mix(0.35, 2.5, lit_now*lit_now)*(0.8 + 0.2*max(dot(n, eye), 0.0)), v.wp, 0.0); }
  else if (k < 17.5) {
    let p = floor(u.y/0.14); let g = nz(vec2(u.x*0.12 + h1(vec2(p, 3.0))*7.0, u.y*2.2)); albedo *= (0.70 + 0.35*h1(vec2(p, 1.0)) + 0.4*(g.x - 0.5));
    albedo *= mix(1.0, 0.55, smoothstep(0.47, 0.495, abs(fract(u.y/0.14) - 0.5))*close); gloss = 0.22;
  } else if (k < 18.5) {
    let t = abs(fract(v.wp.xz*vec2(1.6, 1.1)) - 0.5); let joint = smoothstep(0.47, 0.495, max(t.x, t.y))*close; albedo *= (0.8 + 0.4*grime.w)*(1.0 - 0.5*joint);
    albedo *= 1.0 - 0.45*F.horizon.w; gloss = 0.5*F.horizon.w;
  } else if (k < 19.5) { // dressed stone, courses of uneven height
    let row = floor(u.y/0.42); let x = u.x/0.85 + 0.5*(row - 2.0*floor(row*0.5)) + h1(vec2(row, 9.0))*0.4; let id = vec2(floor(x), row);
    let e = max(smoothstep(0.465, 0.495, abs(fract(x) - 0.5)), smoothstep(0.44, 0.49, abs(fract(u.y/0.42) - 0.5)))*close;
    let g = nz(u*0.11 + h1(id)); albedo *= (0.70 + 0.35*h1(id) + 0.5*(g.w - 0.4))*(0.72 + 0.55*grime.x)*(1.0 - 0.45*e);
    n = normalize(n + (vec3(g.x, g.y, g.w) - 0.45)*0.30*close); albedo = mix(albedo, vec3(0.07, 0.085, 0.035), 0.5*smoothstep(0.55, 0.75, grime.y + 0.3*g.x - v.wp.y*0.012)*(1.0 - F.deep.w));
  } else if (k < 20.5) { // brushed or painted metal, worn at edges
    let s = nz(vec2(u.x*0.15, u.y*1.7)).w; albedo *= 0.78 + 0.30*s + 0.16*(grime.x - 0.5); gloss = 0.75; n = normalize(n + (nz(u*0.6).xyw - 0.5)*0.06);
  } else if (k < 21.5) { gloss = 1.6; albedo *= 0.12; }
  else if (k < 22.5) { // plates with seams, some darker, rivets
    let c = u/vec2(1.5, 0.95); let id = floor(c); let f = abs(fract(c) - 0.5); let seam = smoothstep(0.475, 0.492, max(f.x, f.y)); let r = h1(id);
    let sub = abs(fract(u/vec2(0.5, 0.32)) - 0.5); albedo *= (0.72 + 0.42*r)*(1.0 - 0.75*seam)*(1.0 - 0.25*step(0.75, r)*smoothstep(0.44, 0.48, max(sub.x, sub.y))) * (0.9 + 0.2*grime.x); gloss = 0.35 + 0.3*r;
  } else if (k < 23.5) { // square tiles
    let c = u/0.45; let id = floor(c); let f = abs(fract(c) - 0.5); let joint = smoothstep(0.470, 0.492, max(f.x, f.y))*close; let tone = abs(id.x + id.y - 2.0*floor((id.x + id.y)*0.5));
    albedo *= mix(1.0, 0.80, tone)*(0.92 + 0.12*h1(id)); albedo = mix(albedo, albedo*0.45, joint); gloss = 0.55;
  } else if (k < 24.5) { // asphalt, its wheel tracks, its lines
    let g = nz(u*0.55); let track = smoothstep(0.45, 0.0, abs(abs(abs(u.x) - 1.85) - 0.75)); albedo *= (0.75 + 0.5*g.z*close + 0.25*grime.w)*(1.0 - 0.16*track);
    let patchy = nz(u*0.021).y; albedo *= 0.85 + 0.3*patchy; let edge = abs(u.x) - v.c.a*0.0;
    let wear = smoothstep(0.35, 0.55, g.w + 0.12); let dash = step(fract(u.y/9.0), 0.42);
    let mid = smoothstep(0.085, 0.06, abs(u.x))*dash; let side = smoothstep(0.08, 0.055, abs(abs(u.x) - 3.55));
    albedo = mix(albedo, vec3(0.62, 0.60, 0.55), clamp(mid + side, 0.0, 1.0)*mix(0.55, 1.0, wear)*exp(-d*0.004));
    let hollow = smoothstep(0.46, 0.62, nz(v.wp.xz*0.047).y*0.7 + 0.2)*F.horizon.w; albedo *= 1.0 - 0.45*F.horizon.w; gloss = max(hollow, 0.45*F.horizon.w);
    if (F.ground2.y > 0.5) { albedo = mix(albedo, vec3(0.80, 0.83, 0.88), smoothstep(0.5, 0.7, grime.x + 0.3 - 0.5*track)); }
  } else if (k < 25.5) { // falling water: strands at two speeds, broken white
    let t = F.eye.w; let w = nz(vec2(u.x*0.05, u.y*0.004)).x; let a = nz(vec2(u.x*0.16 + w*0.6, u.y*0.018 + t*0.16)).x; let b = nz(vec2(u.x*0.43, u.y*0.05 + t*0.34)).y; let c = nz(vec2(u.x*1.1, u.y*0.12 + t*0.7)).w;
    let strand = nz(vec2(u.x*0.9, u.y*0.008 + t*0.05)).w; let white = smoothstep(0.36, 0.80, a*0.55 + b*0.35 + c*0.20 + (strand - 0.5)*0.55); let foot = smoothstep(2.2, 0.0, u.y);
    if (white + foot < 0.02 + 0.20*strand) { discard; }
    albedo = mix(vec3(0.20, 0.30, 0.33), vec3(0.84, 0.88, 0.90), clamp(white*0.9 + foot*0.7, 0.0, 1.0)); n = normalize(n + vec3(a - 0.5, b - 0.2, 0.0)*0.8); gloss = 0.3;
    glow = albedo*(F.up.rgb*0.16 + F.key_colour.rgb*0.05);
  } else if (k < 26.5) { // a screen: blocks of text, a graph, a slow scan
    let t = F.eye.w; let c = fract(u/vec2(1.0, 0.7)); let id = floor(u/vec2(1.0, 0.7)); let row = floor(c.y*18.0); let text = step(h1(vec2(row, id.x + 3.0)), 0.7)*step(c.x, 0.15 + 0.75*h1(vec2(row, id.y + 7.0)))*step(0.35, fract(c.y*18.0))*step(0.25, fract(c.x*46.0 + h1(vec2(row, floor(c.x*23.0)))));
    let wave = smoothstep(0.030, 0.012, abs(c.y - 0.5 - 0.22*sin(c.x*14.0 + t*1.4)*nz(vec2(c.x*0.3, id.x*0.2)).x)); let chart = step(0.5, h1(id + 2.0));
    let on = mix(text, wave, chart) + 0.10 + 0.05*step(0.96, fract(c.y*1.0 - t*0.11)); return finish(v.c.rgb*on*mix(0.4, 3.2, lit_now), v.wp, 0.0);
  } else if (k < 27.5) { // heavy folds
    let f = u.x*2.1 + 0.8*nz(vec2(u.x*0.05, u.y*0.02)).x; let w = cos(f*6.2832); let side = -sin(f*6.2832);
    n = normalize(n + normalize(cross(vec3(0.0, 1.0, 0.0), flat_n) + 1e-4)*side*0.95); albedo *= 0.50 + 0.42*w + 0.12*grime.w; albedo = max(albedo, v.c.rgb*0.06);
  } else if (k < 28.5) { // floors of glass
    let c = vec2(u.x/1.3, u.y/3.3); let id = floor(c); let f = fract(c); let off = h1(vec2(floor(u.x/37.0), 3.0)); let post = step(0.46, abs(f.x - 0.5)); let slab = step(f.y, 0.14);
    let on = step(1.0 - lit_now*(0.10 + 0.32*h1(vec2(id.y, off*9.0))), h1(id + off)); let tone = h1(id*1.7 + 4.0);
    gloss = 1.2*(1.0 - max(post, slab)); albedo = mix(albedo*0.10, albedo, max(post*0.6, slab)); albedo *= 0.85 + 0.3*grime.x;
    glow = on*(1.0 - max(post, slab))*lit_now*mix(vec3(1.0, 0.66, 0.34), vec3(0.78, 0.88, 1.0), step(0.6, tone))*(0.12 + 0.55*tone*tone)*(0.5 + 0.5*f.y);
  } else if (k < 29.5) { // broken rock
    let sl = vec2(v.wp.x + v.wp.z*0.6, v.wp.y*1.1 + v.wp.z*0.2); let g = nz(sl*0.06); let g2 = nz(sl.yx*0.21 + 0.3); let g3 = textureSampleLevel(slopes, rep, sl*0.09, 0.0)*2.0 - 1.0; let g4 = textureSampleLevel(slopes, rep, v.wp.xy*0.31 + v.wp.z*0.2, 0.0)*2.0 - 1.0;
    n = normalize(n - vec3(g3.z + 0.5*g4.z, g3.w + 0.5*g4.w, 0.35*(g3.z + g3.w))*0.75); albedo *= (0.50 + 0.65*g.x + 0.35*g2.w)*(0.75 + 0.5*nz(vec2(v.wp.y*0.06 + g.y*0.1, 0.3)).y);
    if (F.deep.w < 0.5 && F.rock.w < 0.5) { albedo = mix(albedo, vec3(0.09, 0.125, 0.04)*(0.6 + 0.8*g2.x), 0.8*smoothstep(0.35, 0.75, n.y + (g.y - 0.5)*0.8)); }
    albedo *= 1.0 - 0.35*F.horizon.w; gloss = 0.12 + 0.4*F.horizon.w;
  } else if (k < 30.5) { // people in rows, each a coat and a head
    let row = floor(u.y/0.62); let x = u.x/0.50 + 0.5*(row - 2.0*floor(row*0.5)); let id = vec2(floor(x), row); let f = vec2(fract(x) - 0.5, fract(u.y/0.62)); let r = h2(id); let jump = 0.10*max(sin(F.eye.w*(3.0 + 2.0*r.x) + r.y*40.0), 0.0);
    let head = smoothstep(0.17, 0.13, length((f - vec2(0.0, 0.66 + jump))*vec2(0.85, 1.0))); let coat_ = step(abs(f.x), 0.34)*step(f.y, 0.56 + jump)*step(0.10, r.x);
    let hue = 0.5 + 0.5*cos(6.2832*(r.y + vec3(0.0, 0.33, 0.67))); albedo = mix(albedo*0.5, mix(hue, vec3(0.55), 0.45)*(0.15 + 0.55*r.x), coat_); albedo = mix(albedo, vec3(0.55, 0.36, 0.26)*(0.5 + 0.6*r.y), head*step(0.10, r.x));
  } else if (k < 31.5) { let g = nz(u*0.9); let g2 = nz(u*2.3); albedo *= 0.35 + 0.9*g.w + 0.5*(g2.z - 0.5)*close; n = normalize(n + (vec3(g.x, 0.5, g2.y) - 0.5)*1.2*close); albedo = mix(albedo, vec3(0.80, 0.83, 0.88), F.ground2.y*smoothstep(0.35, 0.55, grime.x + 0.2)); }
  else if (k < 32.5) { albedo = mix(albedo*(0.95 + 0.1*grime.w), brick(u, albedo), close)*(0.72 + 0.5*grime.x); albedo *= 1.0 - 0.30*F.horizon.w; }
  else if (k < 33.5) { // upright boards
    let p = floor(u.x/0.17); let g = nz(vec2(u.x*1.6, u.y*0.10 + h1(vec2(p, 3.0))*7.0)); albedo *= 0.72 + 0.35*h1(vec2(p, 1.0)) + 0.45*(g.x - 0.5); albedo = mix(albedo, vec3(0.16, 0.13, 0.11), 0.55*smoothstep(0.60, 0.75, g.y + 0.25*grime.x));
    albedo *= mix(1.0, 0.45, smoothstep(0.44, 0.49, abs(fract(u.x/0.17) - 0.5))*close);
  } else if (k < 34.5) { // clipped leaves
    let q = vec2(u.x + v.wp.z*0.7, u.y + v.wp.y*0.4); let g = nz(q*0.75); let g2 = nz(q*2.1); albedo *= 0.30 + 0.85*smoothstep(0.25, 0.75, g2.w*0.7 + g.x*0.4); n = normalize(n + (vec3(g2.x, g2.y, g.w) - 0.5)*1.5);
    albedo = mix(albedo, vec3(0.86, 0.885, 0.925), F.ground2.y*smoothstep(0.4, 0.7, n.y));
  } else if (k < 35.5) { let g = nz(vec2(u.x*1.4, u.y*0.12)); let lay = fract(u.y/0.55 + 0.12*g.x); albedo *= (0.45 + 0.75*g.w)*(0.65 + 0.45*lay); n = normalize(n + vec3(g.x - 0.5, 0.2 - 0.4*lay, g.y - 0.5)*0.6); albedo = mix(albedo, vec3(0.86, 0.885, 0.925), F.ground2.y*smoothstep(0.35, 0.6, n.y)); }
  else if (k < 36.5) { // a crust with fire below
    let q = v.wp.xz*0.06 + vec2(0.0, F.eye.w*0.004); let a = nz(q).x + 0.4*nz(q*3.1).y; let crack = smoothstep(0.16, 0.0, abs(a - 0.66)); albedo *= 0.4 + 0.5*grime.x; glow = vec3(5.5, 1.2, 0.14)*(crack*crack + 0.25*smoothstep(0.75, 0.95, a));
  } else if (k > 37.5) { // a window: panes, a curtain to the sides
    let g = nz(v.wp.xy*0.13 + v.wp.z*0.11); gloss = 1.3; albedo = vec3(0.022, 0.027, 0.034);
    let f = abs(fract(u/vec2(0.62, 0.72)) - 0.5); if (max(f.x - 0.455, f.y - 0.462) > 0.0) { albedo = vec3(0.70, 0.68, 0.64); gloss = 0.1; } else { glow = lit_now*mix(vec3(1.1, 0.62, 0.26), vec3(1.0, 0.80, 0.52), g.x)*(0.25 + 0.75*g.y)*1.1; }
  } else { // ice
    let q = vec2(v.wp.x + v.wp.z*0.5, v.wp.y + v.wp.z*0.3); let g = nz(q*0.05); let g2 = textureSampleLevel(slopes, rep, q*0.12, 0.0)*2.0 - 1.0; n = normalize(n - vec3(g2.z, g2.w, 0.0)*0.5); let edge = pow(1.0 - max(dot(n, eye), 0.0), 2.0);
    albedo = mix(vec3(0.30, 0.55, 0.68), vec3(0.85, 0.91, 0.95), clamp(smoothstep(0.3, 0.7, g.x) + 0.6*max(n.y, 0.0) + 0.3*edge, 0.0, 1.0)); gloss = 0.7; glow = vec3(0.02, 0.07, 0.10)*F.up.rgb;
  }
  if (k > 12.5 && k < 13.5 && F.ground2.y > 0.5) { albedo = mix(albedo, vec3(0.86, 0.885, 0.925), smoothstep(0.6, 0.8, n.y)*0.9); }
  let l = F.key.xyz; var sh = shadow_at(v.wp, flat_n); if (submerged) { sh *= caustics(v.wp); } let dif = max(dot(n, l), 0.0);
  var c = albedo*(F.key_colour.rgb*dif*sh + ambient(n)*v.k.w*mix(1.0, 0.16, F.deep.w) + lamp_light(v.wp, n, 0.1)) + glow;
  if (F.deep.w > 0.5) { c += albedo*vec3(0.32, 0.28, 0.23)*F.water.w*(0.62 + 0.38*n.y)*mix(0.55, 1.0, smoothstep(0.0, 1.2, v.wp.y)); }
  if (gloss > 0.0) {
    let r = reflect(-eye, n); let fr = 0.04 + 0.7*pow(1.0 - max(dot(n, eye), 0.0), 5.0);
    c += mix(air_colour(r), F.up.rgb, clamp(r.y*1.4, 0.0, 1.0))*fr*gloss*mix(1.0, 0.2, F.deep.w);
    c += F.key_colour.rgb*sh*pow(max(dot(r, l), 0.0), 90.0)*gloss*0.7;
  }
  return finish(c, v.wp, 0.0);
}
